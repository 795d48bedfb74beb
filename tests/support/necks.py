"""A small detail sampler and what it takes."""

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

IN_SHAPE, NUM_CLASSES, SIZE = (6, 3, 2, 4), 5, (4, 6, 8)


def build(**options):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='DetailSampler',
            in_shape=IN_SHAPE,
            num_classes=NUM_CLASSES,
            size=SIZE,
            **options))


def inputs(batch=3, num_frames=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    frames = torch.randint(
        0,
        256, (batch, num_frames, 3, 12, 16),
        dtype=torch.uint8,
        generator=generator)
    lengths = torch.tensor([num_frames, 1, 5])[:batch]
    e = torch.randn(batch, *IN_SHAPE, generator=generator)
    topk = torch.eye(NUM_CLASSES)[:batch]
    return frames, lengths, e, topk


def synopsis(batch=3, seed=0):
    """(B, T_S, C, H_S, W_S), normalised."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, 3, 3, 6, 8, generator=generator)
