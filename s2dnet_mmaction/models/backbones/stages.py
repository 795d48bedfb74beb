"""Names of the stages of a backbone, family by family.

======================  ==========================================
family                  res2, res3, res4, res5
======================  ==========================================
ResNet-like, X3D, CSN   ``layer1``, ``layer2``, ``layer3``, ``layer4``
MobileNetV2(-TSM)       ``layer2``, ``layer3``, ``layer5``, ``layer7``
UniFormer               the last block of ``blocks1`` ... ``blocks4``
Swin                    ``layers.0`` ... ``layers.3``
MViT                    the last block of each scale
======================  ==========================================

res(i) has 1 / 2^i of the input's resolution. The dotted name of any other
submodule works too.
"""

from typing import List

import torch.nn as nn
from mmaction.models.backbones import (
    MobileNetV2,
    MViT,
    SwinTransformer3D,
    TimeSformer,
    UniFormer,
    VisionTransformer,
)

STAGES = ('res2', 'res3', 'res4', 'res5')
# The maps between their blocks are (B, T, h, w, C) or (B, T h w, C).
_CHANNELS_LAST = (MViT, SwinTransformer3D, TimeSformer, VisionTransformer)


def find_stage(backbone: nn.Module, name: str) -> nn.Module:
    """Submodule whose output is that of stage ``name``.

    Args:
        backbone: a built backbone.
        name: ``'res2'`` ... ``'res5'``, or a dotted submodule name.

    Raises:
        ValueError: if there is no such stage.
    """
    known = dict(zip(STAGES, _stage_names(backbone)))
    try:
        return backbone.get_submodule(known.get(name, name))
    except AttributeError as error:
        children = [child for child, _ in backbone.named_children()]
        expected = f'one of {list(known)} or ' if known else ''
        raise ValueError(
            f'fusion stage: got {name!r}, expected {expected}a submodule of '
            f'{type(backbone).__name__}. Its top level has {children}.'
        ) from error


def channel_axis(backbone: nn.Module) -> int:
    """Axis of the channels between the blocks of a backbone: 1 or -1."""
    return -1 if isinstance(backbone, _CHANNELS_LAST) else 1


def _stage_names(backbone: nn.Module) -> List[str]:
    if isinstance(backbone, MobileNetV2):
        names = ['layer2', 'layer3', 'layer5', 'layer7']
    elif isinstance(backbone, UniFormer):
        names = [
            f'blocks{i}.{len(getattr(backbone, f"blocks{i}")) - 1}'
            for i in range(1, 5)
        ]
    elif isinstance(backbone, SwinTransformer3D):
        names = [f'layers.{i}' for i in range(len(backbone.layers))]
    elif isinstance(backbone, MViT):
        names = [f'blocks.{i}' for i in sorted(backbone.stage_indices)]
    else:
        names = [f'layer{i}' for i in range(1, 5)]
    modules = dict(backbone.named_modules())
    return [name for name in names if name in modules]
