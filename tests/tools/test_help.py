"""Options of every tool."""

import pytest

from tests.support.command_line import run_tool
from tests.support.glints import ROOT

TOOLS = sorted(
    str(path.relative_to(ROOT / 'tools'))
    for path in (ROOT / 'tools').rglob('*.py')
    if "__name__ == '__main__'" in path.read_text()
    and not path.name.startswith('study_'))  # parts of run_study.py


@pytest.mark.parametrize('tool', TOOLS)
def test_help(tool, capsys):
    with pytest.raises(SystemExit) as ended:
        run_tool(tool, '--help')
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith('usage: ')
    assert '--gpus' not in text  # mim would take it for MMAction2 0.x's
