"""Tools of MMAction2, started with this package."""

import importlib.util
import subprocess
import sys
import types

import pytest

from s2dnet_mmaction.__main__ import find_tool, tools_folder
from tests.support.command_line import run_mmaction2
from tests.support.glints import ROOT


def test_find_tool(tmp_path):
    expected = tools_folder() / 'analysis_tools/confusion_matrix.py'
    for name in ('confusion_matrix', 'confusion_matrix.py',
                 'analysis_tools/confusion_matrix'):
        assert find_tool(name) == expected
    script = tmp_path / 'demo.py'
    script.touch()
    assert find_tool(str(script)) == script


@pytest.mark.parametrize('name, match', [
    ('confusion', "tool: got 'confusion', expected the name of a script in"),
    ('', "tool: got '', expected the name of a script in"),
    ('.', "tool: got '.', expected the name of a script in"),
    ('/', "tool: got '/', expected the name of a script in"),
    ('download', 'expected one tool, not .*kinetics/download.py'),
])
def test_no_tool(name, match):
    with pytest.raises(ValueError, match=match):
        find_tool(name)


def test_mmaction2_without_its_tools(tmp_path, monkeypatch):
    spec = types.SimpleNamespace(origin=str(tmp_path / '__init__.py'))
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: spec)
    with pytest.raises(ValueError, match='mmaction2: got an installation '
                       'without .*tools, .*Give the path of the script'):
        find_tool('confusion_matrix')


def test_the_script_sees_its_own_arguments(tmp_path, capsys):
    script = tmp_path / 'script.py'
    (tmp_path / 'beside.py').write_text('NUMBER = 7')
    script.write_text('import sys\nfrom beside import NUMBER\n'
                      'print(__name__, sys.argv, NUMBER)')
    run_mmaction2(script, '--help', 'a b')
    expected = ['__main__', [str(script), '--help', 'a b'], 7]
    assert capsys.readouterr().out.split('\n')[0] == ' '.join(
        map(str, expected))


def test_a_tool_that_fails_on_its_own():
    """It imports mmaction.models first, which lacks a module."""
    tool = find_tool('confusion_matrix')
    alone, with_package = (
        subprocess.run([sys.executable, '-W', 'ignore', *command, 'no.py',
                        'no.pth'], cwd=ROOT, capture_output=True, text=True)
        for command in ([tool], ['-m', 's2dnet_mmaction', tool.stem]))
    assert 'localizers.drn' in alone.stderr
    last = with_package.stderr.splitlines()[-1]
    assert last.startswith('FileNotFoundError') and 'no.py' in last
