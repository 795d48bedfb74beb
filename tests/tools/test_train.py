"""Training from the command line."""

from tests.support.command_line import call_tool


def test_resume_and_seed(trained, tmp_path):
    call_tool('train.py', trained / 'tiny.py', '--work-dir', tmp_path,
              '--resume', trained / 'work/epoch_1.pth', '--seed', 7)
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'Epoch 2: stage 2, detail sampler live.' in log
    assert 'Epoch(train) [1]' not in log.replace('  ', ' ')
    assert 'seed: 7' in log
