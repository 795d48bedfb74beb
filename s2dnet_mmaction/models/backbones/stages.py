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

res(i) has 1 / 2^i of the input's resolution. An :class:`ImageBackbone` knows
its stages; those of a 2D network without such names, like many of mmpretrain,
are found by :func:`find_stages`. The dotted name of any other submodule works
too.
"""

from typing import Dict, Sequence

import torch.nn as nn
from mmaction.models.backbones import (
    MobileNetV2,
    MViT,
    SwinTransformer3D,
    TimeSformer,
    UniFormer,
    VisionTransformer,
)

from .image_backbone import ImageBackbone
from .reductions import STAGES, find_stages

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
    body = backbone
    if isinstance(backbone, ImageBackbone):
        body = backbone.body
    known = _known_stages(backbone) if name in STAGES else {}
    try:
        return body.get_submodule(known.get(name, name))
    except AttributeError as error:
        known = _known_stages(backbone)
        children = [child for child, _ in body.named_children()]
        expected = f'one of {list(known)} or ' if known else ''
        raise ValueError(
            f'fusion stage: got {name!r}, expected {expected}a submodule of '
            f'{type(backbone).__name__}. Its top level has {children}.'
        ) from error


def channel_axis(backbone: nn.Module, shape: Sequence[int],
                 size: Sequence[int]) -> int:
    """Axis of the channels in the output of a stage: 1 or -1.

    Args:
        backbone: the network of the stage.
        shape: that of the output, (N, ...).
        size: (H, W) of the frames.
    """
    if isinstance(backbone, _CHANNELS_LAST) or len(shape) == 3:  # tokens
        return -1
    if len(shape) != 4:
        return 1
    # (N, h, w, C): H / h and W / w agree. So they do in (N, C, h, w).
    ratios = [side / length for side, length in zip(size, shape[2:])]
    last = [side / length for side, length in zip(size, shape[1:])]
    return 1 if _distance(ratios) <= _distance(last) else -1


def _is_foreign(backbone: nn.Module) -> bool:
    """Whether a 2D backbone is none of MMAction2's."""
    modules = [cls.__module__ for cls in type(backbone).__mro__]
    return not (any(name.startswith('mmaction.') for name in modules)
                or any(isinstance(module, nn.Conv3d)
                       for module in backbone.modules()))


def _distance(ratios: Sequence[float]) -> float:
    return abs(ratios[0] / ratios[1] - 1)


def _known_stages(backbone: nn.Module) -> Dict[str, str]:
    """'res2' ... 'res5' -> submodule, as far as there are such stages."""
    if isinstance(backbone, ImageBackbone):
        return backbone.stages
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
    if _is_foreign(backbone) and not any(name in modules for name in names):
        return find_stages(backbone)
    return {stage: name for stage, name in zip(STAGES, names)
            if name in modules}
