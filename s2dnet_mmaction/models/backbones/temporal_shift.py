"""The temporal shift (Lin et al., ICCV 2019) in any 2D network."""

import re
from typing import List, Optional, Sequence

import torch.nn as nn
from mmaction.models.backbones.resnet_tsm import TemporalShift
from mmcv.cnn import ConvModule

from ..._checks import require, require_int

# First convolution of a residual block in the ResNets of MMAction2,
# mmpretrain, timm and torchvision.
RESNET_CONVS = r'layer\d+\.\d+\.conv1'
_MANY = 23  # blocks in a stage: those of ResNet-101


def add_temporal_shift(net: nn.Module, num_frames: int,
                       layers: Optional[Sequence[str]] = None,
                       shift_div: int = 8) -> List[str]:
    """Shift channels between frames in front of convolutions, in place.

    TSM, Sec. 4.2, "residual shift": of the input of a residual branch
    1 / shift_div of the channels come from the next frame and as many from
    the previous one. The identity beside the branch stays as it is. As in
    TSM's code and in MMAction2, stages of 23 blocks and more have the shift
    in every second block.

    Args:
        net: a 2D network that takes (B T, C, H, W) frames.
        num_frames: T.
        layers: the convolutions, as regular expressions for the end of
            their dotted names, such as ``r'features\\.3\\.conv\\.0'``. Name
            the first convolution of each residual branch. None: those of a
            ResNet, whatever package it is from.
        shift_div: C / shift_div channels are shifted each way.

    Returns:
        the names of the convolutions.

    Raises:
        TypeError: if a number is no int.
        ValueError: if there is no such convolution, if something else has
            such a name, if the network has the shift already, or if a
            convolution has fewer than ``shift_div`` channels.
    """
    require_int('shift_div', shift_div, 2)
    kind = type(net).__name__
    modules = dict(net.named_modules())
    shifts = [name for name, module in modules.items()
              if isinstance(module, TemporalShift)]
    require(not shifts, 'temporal_shift', f'{kind}, which shifts at '
            f'{shifts[:3]}', 'a network without a shift of its own',
            'Leave temporal_shift out.')
    patterns = [RESNET_CONVS] if layers is None else layers
    require(not isinstance(patterns, str), 'temporal_shift.layers',
            repr(layers), 'a list of regular expressions',
            f'Write layers=[{layers!r}].')
    names = []
    for pattern in patterns:
        found = [name for name in modules
                 if re.search(rf'(^|\.)({pattern})$', name)]
        convs = [name for name, module in modules.items()
                 if isinstance(module, nn.Conv2d)]
        require(
            len(found) > 0, 'temporal_shift.layers', f'{pattern!r}, which no '
            f'module of {kind} matches',
            'the names of the first convolution of each residual branch',
            f'It has the convolutions {convs[:12]} ...' if convs else
            f'{kind} has no 2D convolutions to shift in front of.')
        names += [name for name in found if name not in names]
    if layers is None:
        names = _every_second_of_many(names)
    for name in names:
        _shift(net, name, num_frames, shift_div)
    return names


def _shift(net: nn.Module, name: str, num_frames: int,
           shift_div: int) -> None:
    conv = net.get_submodule(name)
    require(isinstance(conv, (nn.Conv2d, ConvModule)),
            f'temporal_shift.layers: {name}', type(conv).__name__,
            'a 2D convolution', 'Name the convolution itself.')
    require(conv.in_channels >= shift_div, f'temporal_shift in front of '
            f'{name}', f'{conv.in_channels} channels',
            f'at least shift_div={shift_div}', 'Lower shift_div.')
    parent, _, child = name.rpartition('.')
    setattr(net.get_submodule(parent), child,
            TemporalShift(conv, num_frames, shift_div))


def _every_second_of_many(names: Sequence[str]) -> List[str]:
    stages: dict = {}
    for name in names:
        stages.setdefault(name.rsplit('.', 2)[0], []).append(name)
    longest = max(map(len, stages.values()))
    step = 2 if longest >= _MANY else 1
    return [name for blocks in stages.values() for name in blocks[::step]]
