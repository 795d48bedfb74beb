"""Writing Telltale from the command line."""

import sys

import numpy as np

from tests.support.command_line import call
from tests.support.glints import ROOT


def test_write_telltale(tmp_path):
    """Videos first, their frames with a second call."""
    command = (sys.executable, ROOT / 'tools/data/telltale/write_telltale.py',
               tmp_path / 'set', '--num-train', 2, '--num-val', 1,
               '--num-closeups', 1, '--seed', 3, '--jobs', 1, '--frame-px',
               64, '--num-frames', 10, 12, '--spread-px', 20)
    for options, words in (((), 'written'), (('--decode', ), 'already there')):
        done = call(*command, *options)
        assert done.returncode == 0, done.stderr
        assert f'set: {words}, 9 classes.' in done.stdout.replace('\n', '')
    assert len(list((tmp_path / 'set').glob('*/*.mp4'))) == 3 + 1
    assert len(list((tmp_path / 'set/decoded').iterdir())) == 3 + 1
    frames = np.load(tmp_path / 'set/decoded/00000.npy', mmap_mode='r')
    assert 10 <= len(frames) <= 12 and frames.shape[1:] == (64, 64, 3)


def test_write_telltale_of_no_such_size(tmp_path):
    done = call(sys.executable, ROOT / 'tools/data/telltale/write_telltale.py',
                tmp_path / 'set', '--frame-px', 96)
    assert done.returncode == 2 and 'Traceback' not in done.stderr
    assert 'spread_px: got 46.0, expected at most 44.5' in done.stderr
    assert not (tmp_path / 'set').exists()
