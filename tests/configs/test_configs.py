"""Every config loads, builds, and names its parts once."""

from pathlib import Path

import pytest
from mmaction.registry import HOOKS, METRICS, MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from ..glints import ROOT

CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs/recognition').rglob('*.py'))


@pytest.mark.parametrize('path', CONFIGS)
def test_builds(path, tmp_path):
    cfg = Config.fromfile(ROOT / path)
    init_default_scope(cfg.default_scope)
    MODELS.build(cfg.model)
    for split in ('train', 'val', 'test'):
        Compose(cfg[f'{split}_dataloader'].dataset.pipeline)
        if split != 'train':
            METRICS.build(cfg[f'{split}_evaluator'])
    for hook in cfg.custom_hooks:
        assert HOOKS.build(hook).switch_epoch < cfg.train_cfg.max_epochs
    cfg.work_dir = str(tmp_path)
    runner = Runner.from_cfg(cfg)
    wrapper = runner.build_optim_wrapper(cfg.optim_wrapper)
    held = {id(p) for group in wrapper.param_groups for p in group['params']}
    assert {id(p) for p in runner.model.parameters()} <= held


@pytest.mark.parametrize('path', CONFIGS)
def test_name_says_what_is_inside(path):
    """<algorithm>_<model>_<gpus>xb<batch>-<tau>x<cap>-<T_S>x<T_D>-<n>e_..."""
    cfg = Config.fromfile(ROOT / path)
    algorithm, *_, training, _ = Path(path).stem.split('_')
    assert algorithm == 's2dnet'
    gpus_batch, frames, nets, epochs = training.split('-')
    assert gpus_batch.split('xb')[1] == str(cfg.train_dataloader.batch_size)
    sample = cfg.train_dataloader.dataset.pipeline[1]
    assert frames == f'{sample.frame_interval}x{sample.max_frames}'
    model = cfg.model
    assert nets == f'{model.snet.num_frames}x{model.dnet.num_frames}'
    assert epochs == f'{cfg.train_cfg.max_epochs}e'


def test_basenames_are_unique():
    """mim finds a config by its basename and fails on two hits."""
    names = [path.name for path in (ROOT / 'configs').rglob('*.py')]
    assert len(names) == len(set(names))


def test_learning_rates_of_the_release():
    """FC x5, their biases x10 without decay, norms without decay, f_theta
    x0.1. (There are no other biases: convolutions have norms.)"""
    cfg = Config.fromfile(
        ROOT / next(path for path in CONFIGS if 'sthv2' in path))
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    from mmengine.optim import build_optim_wrapper
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    names = {id(p): name for name, p in model.named_parameters()}
    groups = {
        names[id(group['params'][0])]: (group['lr'], group['weight_decay'])
        for group in wrapper.param_groups if id(group['params'][0]) in names
    }
    lr, decay = 0.001, 0.001
    expected = {
        'dnet.backbone.layer1.0.conv2.conv.weight': (lr, decay),
        'dnet.backbone.layer1.0.conv2.bn.weight': (lr, 0),
        'cls_head.fc_detail.weight': (5 * lr, decay),
        'cls_head.fc_detail.bias': (10 * lr, 0),
        'context.fc.weight': (5 * lr, decay),
        'dnet.backbone.layer1.0.conv2.bn.bias': (lr, 0),
        'neck.location_scale.fcs.time.0.weight': (0.1 * lr, decay),
        'neck.location_scale.fcs.space.0.bias': (0.1 * lr, 0),
        'neck.location_scale.trunk.2.weight': (0.1 * lr, decay),
        'neck.location_scale.trunk.3.bias': (0.1 * lr, 0),
    }
    for name, (rate, weight_decay) in expected.items():
        assert groups[name] == pytest.approx((rate, weight_decay)), name
