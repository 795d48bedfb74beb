"""Training from the command line."""

import pytest

from tests.support import small
from tests.support.command_line import call_tool, merged_config


@pytest.mark.slow
def test_resume_and_seed(trained, tmp_path):
    call_tool('train.py', trained / 'tiny.py', '--work-dir', tmp_path,
              '--resume', trained / 'work/epoch_1.pth', '--seed', 7)
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'Epoch 2: stage 2, detail sampler live.' in log
    assert 'Epoch(train) [1]' not in log.replace('  ', ' ')
    assert 'seed: 7' in log


def merged(*arguments, **changes):
    cfg = small.ours()
    cfg.merge_from_dict(changes)
    return merged_config('train.py', cfg, 'a/net.py', *arguments)


def test_work_dir():
    """Command line, then config, then the name of the config."""
    assert merged('--work-dir', 'here').work_dir == 'here'
    assert merged(work_dir='there').work_dir == 'there'
    assert merged(work_dir=None).work_dir == './work_dirs/net'
    options = ('--cfg-options', 'work_dir=elsewhere')
    assert merged(*options).work_dir == 'elsewhere'
    assert merged('--work-dir', 'here', *options).work_dir == 'here'


def test_randomness():
    old = dict(seed=3, deterministic=True)
    assert merged('--seed', 0, randomness=old).randomness == dict(
        seed=0, deterministic=True)
    assert merged('--diff-rank-seed', randomness=None).randomness == dict(
        seed=None, diff_rank_seed=True)


def test_amp():
    wrapper = merged('--amp').optim_wrapper
    assert wrapper.type == 'AmpOptimWrapper'
    assert wrapper.loss_scale == 'dynamic'
    with pytest.raises(ValueError, match="--amp: got .*type='Other'"):
        merged('--amp', **{'optim_wrapper.type': 'Other'})


def test_other_options():
    cfg = merged('--no-validate', '--resume', '--launcher', 'slurm')
    assert cfg.val_cfg is cfg.val_dataloader is cfg.val_evaluator is None
    assert cfg.resume and cfg.load_from is None and cfg.launcher == 'slurm'
