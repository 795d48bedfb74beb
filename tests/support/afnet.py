"""Small AFNets, and weights and inputs of the authors' networks.

``data/afnet_*.npz`` have what the authors' code answers for weights and frames
that follow from names and shapes alone, see ``filling.py``;
``authors_afnet.py`` writes them.
"""

import copy
import json
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch.utils.data import Dataset

from tests.support import filling, glints

DATA = Path(__file__).parents[1] / 'data'
VARIANTS = ('r50_tsn', 'r50_tsm', 'r101_tsm', 'mobilenetv3')
T, NUM_CLASSES = 4, 6
BACKBONE = dict(type='AFResNet', depth=34, num_segments=T,
                stage_blocks=(3, 2, 2, 1), base_channels=16)
MODEL = dict(
    type='AFNet',
    backbone=BACKBONE,
    cls_head=dict(
        type='TSMHead', num_classes=NUM_CLASSES, in_channels=128,
        num_segments=T, is_shift=False, spatial_type='avg',
        dropout_ratio=0.0, average_clips='prob'),
    keep_ratio=dict(target=0.5),
    test_cfg=dict(return_masks=True),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[120.] * 3, std=[60.] * 3,
        format_shape='NCHW'))


def build(seed=0, backbone=None, **changes):
    """The small AFNet, whose gates differ by frame."""
    init_default_scope('mmaction')
    config = copy.deepcopy(dict(MODEL, **changes))
    config['backbone'].update(backbone or {})
    torch.manual_seed(seed)
    model = MODELS.build(config)
    open_up(model)
    return model


def open_up(model, seed=0):
    """Norms with statistics, and gates that keep about half."""
    generator = torch.Generator().manual_seed(seed)
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=.1, generator=generator)
            module.running_var.uniform_(1, 1.2, generator=generator)
        with torch.no_grad():
            if name.endswith('squeeze'):
                module.weight.normal_(std=.3, generator=generator)
            elif name.endswith('decide'):
                module.weight.normal_(generator=generator)
                module.bias.normal_(std=.2, generator=generator)


def batch(videos=2, views=1, size=(32, 32), seed=0):
    """What a data loader gives."""
    generator = torch.Generator().manual_seed(seed)
    return dict(
        inputs=[torch.randint(0, 256, (views * T, 3, *size),
                              dtype=torch.uint8, generator=generator)
                for _ in range(videos)],
        data_samples=[ActionDataSample().set_gt_label(i % NUM_CLASSES)
                      for i in range(videos)])


def golden(variant='r50_tsn'):
    """Weights with the authors' names, normalised frames (N, 8, 3, 224, 224),
    their logits (N, K) and masks (blocks, N, 8)."""
    stored = np.load(DATA / f'afnet_{variant}_t8.npz')
    shapes = json.loads(str(stored['keys']))
    name = json.loads(str(stored['source']))['input']
    return (filled(shapes), filling.frames(name, len(stored['logits']), 8),
            torch.from_numpy(stored['logits']),
            torch.from_numpy(stored['masks']).float())


def filled(shapes):
    """Weights of the authors' networks."""
    return filling.filled(
        shapes, lambda name: 16 if name.endswith('conv_pool.weight') else 1)


@DATASETS.register_module(force=True)
class FrameClips(Dataset):
    """Noise, as lists of frames."""

    def __init__(self, videos):
        data = batch(videos)
        self.inputs, self.samples = data['inputs'], data['data_samples']

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return dict(inputs=self.inputs[index],
                    data_samples=self.samples[index].clone())


def runner(work_dir, hooks, epochs=4, videos=6, optim_wrapper=None, **options):
    """A training of a few steps: 2 videos in each."""
    init_default_scope('mmaction')
    model = copy.deepcopy(MODEL)
    model['backbone'].update(start_logits=(0.0, 0.5))  # some are skipped
    loader = dict(batch_size=2, num_workers=0,
                  sampler=dict(type='DefaultSampler', shuffle=True),
                  dataset=dict(type='FrameClips', videos=videos))
    default = dict(logger=dict(type='LoggerHook', interval=1),
                   checkpoint=dict(type='CheckpointHook', interval=1))
    default.update(options.pop('default_hooks', {}))
    return Runner(**{
        **dict(
            model=model, work_dir=str(work_dir),
            train_dataloader=loader,
            train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs),
            optim_wrapper=dict(
                type='OptimWrapper', optimizer=dict(type='SGD', lr=0.01),
                **(optim_wrapper or {})),
            custom_hooks=hooks, default_hooks=default,
            default_scope='mmaction', experiment_name='afnet',
            randomness=dict(seed=0)), **options})


def config(data_root, work_dir):
    """Two epochs on Glints, whose frames shrink to 32 px."""
    cfg = glints.config(data_root, work_dir, max_epochs=2)
    cfg.model = copy.deepcopy(MODEL)
    cfg.model.backbone.update(start_logits=(0.0, 0.5))
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[name].pop('collate_fn', None)
        pack = cfg[name].dataset.pipeline[-1]
        cfg[name].dataset.pipeline = [
            dict(type='ClipInit'),
            dict(type='SampleFrames', clip_len=1, frame_interval=1,
                 num_clips=T, test_mode=name != 'train_dataloader'),
            dict(type='ClipDecode'),
            dict(type='Resize', scale=(32, 32), keep_ratio=False),
            dict(type='FormatShape', input_format='NCHW'),
            dict(pack, meta_keys=[*pack.get('meta_keys', ()), 'frame_inds',
                                  'total_frames'])]
    cfg.val_evaluator = cfg.test_evaluator = [
        dict(type='AccMetric'), dict(type='KeepRatioMetric')]
    cfg.custom_hooks = [dict(type='AFScheduleHook', end_epoch=2,
                             ratio_begin=0, ratio_end=1)]
    return cfg
