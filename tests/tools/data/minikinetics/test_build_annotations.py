"""Mini-Kinetics' annotation files from the command line."""

import pytest

from tests.support.command_line import run_tool

TOOL = 'data/minikinetics/build_annotations.py'
FILES = dict(
    train='abseiling/a_000000_000010.mp4 0\nyoga/b_000001_000011.mp4 1\n',
    val='yoga/c_000002_000012.mp4 1\n',
    classes='yoga\n')


def test_build_annotations(tmp_path, capsys):
    arguments = [TOOL, '--out', tmp_path / 'out']
    for name, text in FILES.items():
        path = tmp_path / f'{name}.txt'
        path.write_text(text)
        arguments += [f'--{name}', path]
    run_tool(*arguments, '--num-classes', 1)
    path = tmp_path / 'out/minikinetics_train_list_videos.txt'
    assert f'{path}: 1 videos' in capsys.readouterr().out
    assert path.read_text() == 'yoga/b_000001_000011.mp4 0\n'
    run_tool(*arguments, '--num-classes', 1, '--force')
    with pytest.raises(ValueError, match='got 1, expected 200'):
        run_tool(*arguments)
