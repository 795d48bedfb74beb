"""Calling tools as a user does, and reading what they wrote."""

import json
import os
import subprocess

from tests.support.glints import ROOT


def call(*arguments, cwd=ROOT, **environment):
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


def metrics_of(work_dir):
    file = max(work_dir.glob('*/[0-9]*_[0-9]*.json'))
    return json.loads(file.read_text())
