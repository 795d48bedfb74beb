"""Training from the command line."""

from functools import partial

import pytest

from tests.support.command_line import call_tool


@pytest.mark.slow
def test_resume_and_seed(trained, tmp_path):
    call_tool('train.py', trained / 'tiny.py', '--work-dir', tmp_path,
              '--resume', trained / 'work/epoch_1.pth', '--seed', 7)
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'Epoch 2: stage 2, detail sampler live.' in log
    assert 'Epoch(train) [1]' not in log.replace('  ', ' ')
    assert 'seed: 7' in log


@pytest.fixture
def config_of(config_of_tool):
    return partial(config_of_tool, 'train.py')


def test_options_of_mmaction(config_of):
    cfg = config_of('--no-validate', '--resume', '--amp', '--work-dir', 'here',
                    '--cfg-options', 'train_cfg.max_epochs=7')
    assert cfg.val_cfg is cfg.val_dataloader is cfg.val_evaluator is None
    assert cfg.resume and cfg.load_from is None
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    assert cfg.work_dir == 'here' and cfg.train_cfg.max_epochs == 7


def test_auto_scale_lr(config_of):
    scaled = config_of('--auto-scale-lr').auto_scale_lr
    assert scaled == dict(enable=True, base_batch_size=16)
    with pytest.raises(ValueError, match='--auto-scale-lr: got a config wit'):
        config_of('--auto-scale-lr', auto_scale_lr=dict(_delete_=True))


def test_randomness(config_of):
    """The command line wins over the config."""
    old = dict(seed=3, deterministic=True)
    assert config_of('--seed', 0, randomness=old).randomness == dict(
        seed=0, deterministic=True)
    assert config_of(randomness=old).randomness == old
    assert config_of('--diff-rank-seed', randomness=None).randomness == dict(
        seed=None, diff_rank_seed=True)


def test_cpu_launch(config_of, monkeypatch):
    """The runner gets a config that works without a GPU."""
    monkeypatch.setattr('mmengine.device.get_device', lambda: 'cpu')
    monkeypatch.setattr('torch.distributed.is_initialized', lambda: True)
    cfg = config_of('--launcher', 'pytorch')
    assert cfg.model_wrapper_cfg.device_ids is None
