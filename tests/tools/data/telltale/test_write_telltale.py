"""Writing Telltale from the command line."""

import numpy as np
import pytest

from tests.support.command_line import call_tool, run_tool

TOOL = 'data/telltale/write_telltale.py'


@pytest.mark.slow
def test_write_telltale(tmp_path, capsys):
    """Videos first, their frames with a second call."""
    arguments = (TOOL, tmp_path / 'set', '--num-train', 2, '--num-val', 1,
                 '--num-closeups', 1, '--seed', 3, '--jobs', 1, '--frame-px',
                 64, '--num-frames', 10, 12, '--spread-px', 20)
    assert 'set: written, 9 classes.' in call_tool(*arguments)
    run_tool(*arguments, '--decode')
    assert 'set: already there, 9 classes.' in capsys.readouterr().out
    assert len(list((tmp_path / 'set').glob('*/*.mp4'))) == 3 + 1
    assert len(list((tmp_path / 'set/decoded').iterdir())) == 3 + 1
    frames = np.load(tmp_path / 'set/decoded/00000.npy', mmap_mode='r')
    assert 10 <= len(frames) <= 12 and frames.shape[1:] == (64, 64, 3)


def test_no_such_size(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run_tool(TOOL, tmp_path / 'set', '--frame-px', 96)
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert 'spread_px: got 46.0, expected at most 44.5' in message
    assert not (tmp_path / 'set').exists()
