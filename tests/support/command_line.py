"""Calls of the tools, and what their runs wrote."""

import contextlib
import json
import os
import runpy
import subprocess
import sys
from unittest import mock

import psutil
from mmengine.runner import Runner

from s2dnet_mmaction import __main__
from tests.support.glints import ROOT


def call(*arguments, cwd=ROOT, **environment):
    """Run a command in a process of its own, as a user does."""
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env={
            **os.environ, 'PYTHONPATH': str(ROOT),
            'PYTHONWARNINGS': 'ignore',
            **environment
        },
        capture_output=True,
        text=True)


def kill_tree(process):
    """``kill -9`` of a process and of all that it started.

    Launchers put their workers into sessions of their own, where a signal
    to the launcher's group does not reach them.
    """
    launcher = psutil.Process(process.pid)
    family = [launcher, *launcher.children(recursive=True)]
    for each in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()
    psutil.wait_procs(family)


def call_tool(tool, *arguments, **options):
    """Run a Python tool in a process of its own; it must succeed.

    Args:
        tool: path below tools/.
        arguments: of the tool.
        options: see :func:`call`.

    Returns:
        what it printed to stdout.
    """
    done = call(sys.executable, ROOT / 'tools' / tool, *arguments, **options)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def run_tool(tool, *arguments):
    """Run a Python tool in this process.

    For errors and short work: it saves the seconds of importing torch.
    ``SystemExit`` and other exceptions reach the caller.
    """
    path = ROOT / 'tools' / tool
    command = [str(argument) for argument in (path, *arguments)]
    with mock.patch.object(sys, 'argv', command), \
            mock.patch.object(sys, 'path', [str(path.parent), *sys.path]), \
            mock.patch.dict(os.environ):
        runpy.run_path(str(path), run_name='__main__')


def run_mmaction2(tool, *arguments):
    """``python -m s2dnet_mmaction tool arguments`` in this process.

    Args:
        tool: name of a tool of MMAction2.
    """
    with mock.patch.object(sys, 'argv', [__name__, *map(str, (
            tool, *arguments))]), \
            mock.patch.object(sys, 'path', ['', *sys.path]), \
            mock.patch.dict(os.environ):
        __main__.main()


def config_of_run(tool, *arguments):
    """The config that train.py or test.py gives to the runner."""
    with mock.patch.object(Runner, 'from_cfg') as from_cfg:
        run_tool(tool, *arguments)
    return from_cfg.call_args.args[0]


def metrics_of(work_dir):
    """What the one test run in a folder measured."""
    file = max(work_dir.glob('*/[0-9]*_[0-9]*.json'))
    return json.loads(file.read_text())


def logged(work_dir):
    """What the one training in a folder logged, line by line."""
    file, = work_dir.glob('*/vis_data/scalars.json')
    return [json.loads(line) for line in file.read_text().splitlines()]
