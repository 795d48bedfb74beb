"""Preparing tennis7 from the command line."""

import numpy as np
import pytest

from tests.datasets.preparation.test_tennis7 import write_source
from tests.support.command_line import run_tool

TOOL = 'data/tennis7/prepare_tennis7.py'


def test_prepare_tennis7(tmp_path, capsys):
    source = write_source(tmp_path / 'source')
    arguments = (TOOL, source, tmp_path / 'set', '--short-px', 20,
                 '--drop-last', 1, '--paint', 0, 0, 16, 8, '--paint', 64, 0,
                 80, 8, '--frame-interval', 1, '--jobs', 1)
    run_tool(*arguments)
    assert 'set: written' in capsys.readouterr().out
    run_tool(*arguments)
    assert 'set: already there' in capsys.readouterr().out
    frames = np.load(tmp_path / 'set/decoded/ace1.npy')
    assert len(frames) == 5
    assert (frames[4, :3, 33:] == 128).all()  # the second box
    assert not (frames[4, 5:] == 128).any()


def test_no_such_box(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run_tool(TOOL, tmp_path, tmp_path / 'set', '--paint', 9, 0, 3, 8)
    assert ended.value.code == 2
    assert 'paint: got (9, 0, 3, 8)' in capsys.readouterr().err
