"""Small configs of this package and of MMAction2, and their costs."""

import torch
from mmengine.config import Config

from s2dnet_mmaction.analysis.cost import Cost
from s2dnet_mmaction.analysis.inputs import one_view, raw_video
from s2dnet_mmaction.analysis.latency import make_step
from tests.support import glints, tiny

VIDEO = dict(num_frames=24, size=(40, 48))  # gives 4 frames of 32 x 32


def s2dnet():
    """The tiny S2DNet; its pipeline reads no files here."""
    cfg = glints.config('no data', 'no work dir')
    cfg._cfg_dict.pop('default_hooks')
    return cfg


def branch():
    """DNet alone, with a sampler that is frozen."""
    cfg = s2dnet()
    cfg.model = dict(
        type='S2DNetBranch',
        backbone=dict(tiny.MODEL['dnet'], fusion_stages=()),
        neck=dict(type='DetailSampler', axes=()),
        cls_head=dict(type='I3DHead', num_classes=tiny.NUM_CLASSES),
        data_preprocessor=tiny.MODEL['data_preprocessor'])
    return cfg


def tsm():
    """TSM with 2 x 4 frames and three crops: 6 views."""
    return _mmaction(
        dict(
            type='Recognizer2D',
            backbone=tiny.RESNET_TSM,
            cls_head=dict(
                type='TSMHead',
                num_classes=tiny.NUM_CLASSES,
                in_channels=512,
                num_segments=4)),
        dict(
            type='SampleFrames',
            clip_len=1,
            num_clips=4,
            twice_sample=True,
            test_mode=True),
        'NCHW')


def x3d():
    """X3D with 2 clips and three crops: 6 views."""
    return _mmaction(
        dict(
            type='Recognizer3D',
            backbone=tiny.X3D,
            cls_head=dict(
                type='X3DHead', num_classes=tiny.NUM_CLASSES,
                in_channels=96)),
        dict(
            type='SampleFrames',
            clip_len=4,
            num_clips=2,
            target_fps=30,
            test_mode=True),
        'NCTHW')


def _mmaction(model, sampler, layout):
    model['data_preprocessor'] = dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape=layout)
    pipeline = [
        dict(type='DecordInit'), sampler,
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(-1, 32)),
        dict(type='ThreeCrop', crop_size=32),
        dict(type='FormatShape', input_format=layout),
        dict(type='PackActionInputs')
    ]
    return Config(
        dict(
            default_scope='mmaction',
            model=model,
            test_dataloader=dict(dataset=dict(pipeline=pipeline))))


def cost(label, times_ms, macs):
    """A made-up cost of one million parameters."""
    return Cost(label, f'{label}.py', 10**6, macs, {}, (8, 224, 224), 3,
                times_ms, 5.0)


def scores(model, cfg, amp=False):
    """Scores of one timed step; both videos of the batch get the same."""
    view = one_view(cfg, model, raw_video(**VIDEO))
    found = []
    test_step = model.test_step

    def record(data):
        found.extend(test_step(data))

    model.test_step = record
    make_step(model, view.frames, 2, torch.device('cpu'), amp)()
    model.test_step = test_step
    assert len(found) == 2  # one answer per video of the batch
    torch.testing.assert_close(found[0].pred_score, found[1].pred_score)
    return found[0].pred_score
