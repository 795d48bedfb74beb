"""A small SampledRecognizer, and videos whose frames show their numbers."""

import copy

import torch
from mmaction.registry import MODELS
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope

from tests.support import videos

NUM_CLASSES = 4
CLIP_LEN = 4
RESNET = dict(type='ResNet', depth=18, num_stages=2, strides=(1, 2),
              dilations=(1, 1), out_indices=(1, ))
NORMALISATION = dict(mean=[120.] * 3, std=[60.] * 3)
MODEL = dict(
    type='SampledRecognizer',
    sampler=dict(
        type='ClipSampler', backbone=RESNET, num_classes=NUM_CLASSES,
        objective=dict(type='ActionObjective'), num_frames=2,
        size=(24, 48), dropout_ratio=0., **NORMALISATION),
    recognizer=dict(
        type='Recognizer3D',
        backbone=dict(
            type='ResNet3d', depth=50, num_stages=1, stage_blocks=(1, ),
            base_channels=8, spatial_strides=(1, ), temporal_strides=(1, ),
            dilations=(1, ), out_indices=(0, ), inflate=(1, ),
            pretrained=None, pretrained2d=False, conv1_kernel=(3, 7, 7)),
        cls_head=dict(
            type='I3DHead', num_classes=NUM_CLASSES, in_channels=32,
            dropout_ratio=0., average_clips='prob'),
        data_preprocessor=dict(
            type='ActionDataPreprocessor', format_shape='NCTHW',
            **NORMALISATION)),
    select=dict(type='TopK', k=3))
NSNET = dict(
    type='NSNetSampler', backbone=RESNET, frames_of_video=6,
    num_classes=NUM_CLASSES, encoder=dict(num_layers=1), num_frames=2,
    size=(24, 48), **NORMALISATION)
OPENER = dict(type='ClipInit')
DECODE = [dict(type='ClipDecode'), dict(type='FuseClip')]
VIEW = dict(
    type='FrameView', num_frames=2,
    pipeline=[
        dict(type='ClipDecode'),
        dict(type='Resize', scale=(48, 24), keep_ratio=False, lazy=True),
        dict(type='FuseClip'),
        dict(type='FormatShape', input_format='NCHW')
    ])
CLIPS = [*DECODE, dict(type='FormatShape', input_format='NCTHW')]


def build(seed=0, **changes):
    """The small model with reproducible weights."""
    init_default_scope('mmaction')
    torch.manual_seed(seed)
    model = MODELS.build(config(**changes))
    model.init_weights()
    return model.eval()


def config(**changes):
    """MODEL with other parts, or other options of a part."""
    cfg = copy.deepcopy(MODEL)
    for name, value in changes.items():
        own = cfg.get(name)
        merge = isinstance(value, dict) and isinstance(own, dict) and (
            'type' not in value and name != 'sampler')
        cfg[name] = {**own, **value} if merge else value
    return cfg


def skim(**options):
    """Config of SkimFirst."""
    return {**dict(type='SkimFirst', views=dict(visual=VIEW), pipeline=CLIPS,
                   opener=OPENER), **options}


def pipeline(candidates=None, **options):
    """From the file to packed inputs."""
    init_default_scope('mmaction')
    return Compose([
        OPENER, {**dict(type='SampleCandidates', clip_len=CLIP_LEN),
                 **(candidates or {})}, skim(**options)])


def video(path, num_frames=40, label=1, **fields):
    """What a data set says of a new file."""
    videos.write(path, videos.draw_numbers(num_frames), crf='10')
    return dict(filename=str(path), start_index=0, modality='RGB',
                label=label, **fields)


def batch(packed):
    """A batch of packed videos."""
    return pseudo_collate(packed)


def numbers(clips):
    """(..., C, T, H, W) frames -> their numbers, a list for each clip."""
    return [[videos.read_number(frame.permute(1, 2, 0).numpy())
             for frame in clip.unbind(1)] for clip in clips]
