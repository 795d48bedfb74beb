"""Training from the command line."""

import sys

from tests.support.command_line import call
from tests.support.glints import ROOT


def test_resume_and_seed(trained, tmp_path):
    done = call(sys.executable, ROOT / 'tools/train.py', trained / 'tiny.py',
                '--work-dir', tmp_path, '--resume',
                trained / 'work/epoch_1.pth', '--seed', 7)
    assert done.returncode == 0, done.stderr[-3000:]
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'Epoch 2: stage 2, detail sampler live.' in log
    assert 'Epoch(train) [1]' not in log.replace('  ', ' ')
    assert 'seed: 7' in log
