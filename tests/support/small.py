"""Small configs of both kinds, ours and the host's, to analyse."""

from mmengine.config import Config

from tests.support import glints, tiny

VIDEO = dict(num_frames=24, size=(40, 48))  # gives 4 frames of 32 x 32


def ours():
    """The tiny S2DNet; its pipeline reads no files here."""
    cfg = glints.config('no data', 'no work dir')
    cfg._cfg_dict.pop('default_hooks')
    return cfg


def branch():
    """DNet alone, with a sampler that is frozen."""
    cfg = ours()
    cfg.model = dict(
        type='S2DNetBranch',
        backbone=dict(tiny.MODEL['dnet'], fusion_stages=()),
        neck=dict(type='DetailSampler', axes=()),
        cls_head=dict(type='I3DHead', num_classes=tiny.NUM_CLASSES),
        data_preprocessor=tiny.MODEL['data_preprocessor'])
    return cfg


def host_2d():
    """TSM with 2 x 4 frames and three crops: 6 views."""
    return _host(
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


def host_3d():
    """X3D with 2 clips and three crops: 6 views."""
    return _host(
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


def _host(model, sampler, layout):
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
