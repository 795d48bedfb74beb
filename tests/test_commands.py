"""Every command of the pages: its script, its options, its paths."""

import argparse
import re
import shlex
import subprocess

import pytest

from tests.support.command_line import run_tool
from tests.support.glints import ROOT

PAGES = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md',
         *sorted((ROOT / 'docs').rglob('*.md')),
         *sorted((ROOT / 'configs').rglob('README.md'))]
BLOCK = re.compile(r'^```shell\n(.*?)^```', re.DOTALL | re.MULTILINE)
# How a script passes its arguments on: those it takes itself, by place
WRAPPERS = {
    'tools/dist_train.sh': ('train.py', ('config', 'GPUS')),
    'tools/dist_test.sh': ('test.py', ('config', 'checkpoint', 'GPUS')),
    'tools/dist_predict.sh': (
        'predict.py', ('config', 'checkpoint', 'source', 'GPUS')),
    'tools/slurm_train.sh': ('train.py', ('PARTITION', 'JOB', 'config')),
}
PLACEHOLDER = re.compile(r'<[a-z ]+>')
OTHER_PROGRAMS = {'cd', 'ffmpeg', 'git', 'ls', 'pre-commit', 'source'}


class Parsed(Exception):
    """The options of a tool are all right."""


def blocks():
    return [pytest.param(text, id=f'{page.relative_to(ROOT)}-{i}')
            for page in PAGES
            for i, text in enumerate(BLOCK.findall(page.read_text()))]


def commands(block):
    """Words of each command; variables are replaced by their values."""
    block = re.sub(r'\\\n', ' ', block)
    block = re.sub(r'\b[XY][12]\b', '1', block)  # numbers of a place
    for name, value in re.findall(r'^(\w+)=(\S+)$', block, re.MULTILINE):
        block = block.replace(f'${name}', value)
    for line in block.splitlines():
        words = shlex.split(PLACEHOLDER.sub('X', line), comments=True)
        command = []
        for word in [*words, '&&']:
            if word != '&&':
                command.append(word)
            elif command and not re.match(r'\w+=', command[0]):
                yield command
                command = []


def check_options(tool, arguments, monkeypatch):
    """The tool's own parser takes them."""
    original = argparse.ArgumentParser.parse_args

    def parse(self, *args, **kwargs):
        original(self, *args, **kwargs)
        raise Parsed

    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, 'parse_args', parse)
        if '--help' in arguments:
            with pytest.raises(SystemExit) as ended:
                run_tool(tool, *arguments)
            assert ended.value.code == 0
            return
        with pytest.raises(Parsed):
            run_tool(tool, *arguments)


def check_mim(action, package, arguments, monkeypatch):
    assert package in ('s2dnet_mmaction', 'mmaction2')
    if action == 'run':
        name, *arguments = arguments
        tool, = (ROOT / 'tools').rglob(f'{name}.py')
        check_options(tool.relative_to(ROOT / 'tools'), arguments, monkeypatch)
        return
    if '--gpus' in arguments:  # mim takes it
        place = arguments.index('--gpus')
        assert arguments[place + 1].isdigit()
        del arguments[place:place + 2]
    if action == 'test':  # the tool takes it without its name
        arguments.remove('--checkpoint')
    check_options(f'{action}.py', arguments, monkeypatch)


def check_pip(arguments):
    """Extras exist. (An older installation would not know them.)"""
    known = re.findall(r"^ +'(\w+)': ", (ROOT / 'setup.py').read_text(),
                       re.MULTILINE)
    for word in arguments:
        match = re.match(r'\.\[([\w,]+)\]$', word)
        if match:
            assert set(match[1].split(',')) <= set(known), word


def check(words, monkeypatch):
    program, *arguments = words
    for word in arguments:
        if re.match(r'(configs|tools|tests)/', word):
            assert (ROOT / word).exists(), word
    if program == 'bash':
        script, *arguments = arguments
        assert (ROOT / script).is_file(), script
        if script in WRAPPERS:
            tool, own = WRAPPERS[script]
            first, rest = arguments[:len(own)], arguments[len(own):]
            assert len(first) == len(own), words
            given = [value for name, value in zip(own, first)
                     if name.islower()]
            check_options(tool, [*given, *rest], monkeypatch)
    elif program == 'python' and arguments[0].startswith('tools/'):
        check_options(arguments[0][len('tools/'):], arguments[1:],
                      monkeypatch)
    elif program == 'python' and arguments[0] == '-c':
        compile(arguments[1], 'command', 'exec')
    elif program == 'python':
        assert arguments[:2] in (['-m', 'pip'], ['-m', 'pytest'],
                                 ['-m', 's2dnet_mmaction']), words
        if arguments[1] == 'pip':
            check_pip(arguments[2:])
    elif program == 'mim' and arguments[0] != 'install':
        check_mim(arguments[0], arguments[1], arguments[2:], monkeypatch)
    elif program in ('pip', 'mim'):
        assert arguments[0] == 'install'
        check_pip(arguments[1:])
    else:
        assert program in OTHER_PROGRAMS, words


@pytest.mark.parametrize('block', blocks())
def test_commands(block, monkeypatch):
    done = subprocess.run(
        ['bash', '-n', '-c', PLACEHOLDER.sub('X', block)],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = list(commands(block))
    assert found
    for words in found:
        check(words, monkeypatch)


@pytest.mark.parametrize('command', [
    'python tools/train.py CONFIG --auto-scale-rl',
    'python tools/train.py',
    'python tools/trian.py CONFIG',
    'bash tools/dist_train.sh CONFIG',
    'bash tools/dist_train.sh CONFIG 8 --bad',
    'bash tools/dist_trian.sh CONFIG 8',
    'mim train s2dnet_mmaction CONFIG --bad',
    'mim run s2dnet_mmaction model_costs CONFIG',
    'mim train s2dnet CONFIG',
    'python tools/experiments/run_study.py tools/experiments/no.py',
    "pip install -e '.[no]'",
    'python -m mmaction',
    'cat file',
])
def test_wrong_commands_are_found(command, monkeypatch, capsys):
    words, = commands(command)
    with pytest.raises((AssertionError, SystemExit, ValueError, OSError)):
        check(words, monkeypatch)
