"""A small Glints data set and a short config on it, for whole runs."""

import socket
from pathlib import Path

from mmengine.config import Config

from s2dnet_mmaction.datasets.preparation.glints import write_dataset
from tests.support import tiny

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = str(
    ROOT / 'configs/recognition/s2dnet/'
    's2dnet_r18-r18_1xb16-2x40-8x8-12e_glints-rgb.py')


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


def write(folder):
    """24 training and 12 validation videos."""
    write_dataset(str(folder), 24, 12, seed=0)
    return folder


def config(data_root, work_dir, max_epochs=4, switch_epoch=2, **model):
    """The quickstart's config with the tests' tiny networks."""
    cfg = Config.fromfile(QUICKSTART)
    cfg.model = Config(dict(model=tiny.model_config(**model))).model
    cfg.work_dir = str(work_dir)
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[loader].update(
            batch_size=8, num_workers=0, persistent_workers=False)
        cfg[loader].dataset.data_root = str(data_root)
        pipeline = cfg[loader].dataset.pipeline
        pipeline[1]['frame_interval'] = 6  # few frames: quick
        # frames of 128 px to 32
        pipeline.insert(
            3, dict(type='Resize', scale=(32, 32), keep_ratio=False))
    cfg.train_cfg.max_epochs = max_epochs
    cfg.custom_hooks[0].switch_epoch = switch_epoch
    cfg.param_scheduler[0].T_max = max_epochs
    cfg.optim_wrapper.optimizer.weight_decay = 0.01
    cfg.optim_wrapper.paramwise_cfg = None
    cfg.default_hooks.checkpoint.max_keep_ckpts = -1
    cfg.default_hooks.logger.interval = 1
    return cfg
