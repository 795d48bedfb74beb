"""Writing Glints from the command line."""

from tests.support.command_line import run_tool

TOOL = 'data/glints/write_glints.py'


def test_write_glints(tmp_path, capsys):
    arguments = (TOOL, tmp_path / 'set', '--num-train', 2, '--num-val', 1,
                 '--seed', 3)
    for state in ('written', 'already there'):
        run_tool(*arguments)
        text = capsys.readouterr().out
        assert f'set: {state}, 6 classes. ' in text and '0.333' in text
    assert len(list((tmp_path / 'set').rglob('*.mp4'))) == 2 + 1
