"""AF-MobileNetV3-Large, with two AF modules."""

from collections import OrderedDict

import torch.nn as nn
from mmaction.registry import MODELS
from torch import Tensor

from .af_backbone import AFBackbone
from .af_module import AFModule, make_fusion
from .blocks import FocalBlock, ResidualBlock
from .stacks import inverted_stack, make_divisible

# Kernel, widening, channels, squeeze-and-excitation, hard swish, stride of
# each block (authors' code). Of a pair of branches the focal block has stride
# 1.
_HEAD = ((3, 1, 16, False, False, 1), )
_STAGE1 = ((3, 4, 24, False, False, 2), (3, 3, 24, False, False, 2))
_PAIRS2 = ((5, 3, 40, True, False, 2), (5, 3, 40, True, False, 1))
_LAST2 = (5, 3, 40, True, False, 2)
_PAIRS3 = ((3, 6, 80, False, True, 2), (3, 2.5, 80, False, True, 1),
           (3, 2.3, 80, False, True, 1))
_LAST3 = (3, 2.3, 80, False, True, 1)
_STAGE4 = ((3, 6, 112, True, True, 1), (3, 6, 112, True, True, 1))
_STAGE5 = ((5, 6, 160, True, True, 2), (5, 6, 160, True, True, 1),
           (5, 6, 160, True, True, 1))


@MODELS.register_module()
class AFMobileNetV3(AFBackbone):
    """MobileNetV3-Large with ample and focal branches (authors' code).

    .. code-block:: text

        (N T, 3, H, W) -> stem, stage 1: 1/8 -> AF 1/16 -> AF 1/16
                       -> stages 4, 5: 1/32 -> (N T, 960, H / 32, W / 32)

    Both branches have the same channels; the ample one has half the
    resolution.

    Args:
        num_segments: T, frames of a clip.
        shift: whether channels are shifted in time before each block (TSM),
            as in the authors' code, whatever their option says.
        focal_groups: groups of the 1x1 convolutions of the focal branch.
        options: those of :class:`AFBackbone`.
    """

    def __init__(self, num_segments: int, shift: bool = True,
                 focal_groups: int = 2, **options: object) -> None:
        super().__init__(num_segments, **options)
        self.shift_frames = num_segments if shift else None
        self.focal_groups = focal_groups
        self.conv = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        self.act = nn.Hardswish()
        self.add_stage('head', self._plain(16, _HEAD))
        self.add_stage('stage1', self._plain(16, _STAGE1))
        self.add_stage('stage2', self._af_stage(24, _PAIRS2, _LAST2))
        self.add_stage('stage3', self._af_stage(40, _PAIRS3, _LAST3))
        self.add_stage('stage4', self._plain(80, _STAGE4))
        self.add_stage('stage5', self._plain(112, _STAGE5))
        self.out_channels = make_divisible(160 * 6)
        self.conv_last = nn.Conv2d(160, self.out_channels, 1, bias=False)
        self.bn_last = nn.BatchNorm2d(self.out_channels)

    def _block(self, in_channels: int, row: tuple) -> ResidualBlock:
        kernel, widening, out_channels, squeeze, hardswish, stride = row
        same = stride == 1 and in_channels == out_channels
        return ResidualBlock(
            inverted_stack(in_channels,
                           make_divisible(in_channels * widening),
                           out_channels, kernel, stride, squeeze, hardswish),
            nn.Identity() if same else None, self.shift_frames, relu=False)

    def _focal_block(self, in_channels: int, row: tuple) -> FocalBlock:
        kernel, widening, out_channels, squeeze, hardswish, _ = row
        shortcut: nn.Module = nn.Identity()
        if in_channels != out_channels:
            shortcut = nn.Sequential(OrderedDict(
                conv=nn.Conv2d(in_channels, out_channels, 1,
                               groups=self.focal_groups, bias=False),
                bn=nn.BatchNorm2d(out_channels)))
        return FocalBlock(
            inverted_stack(in_channels,
                           make_divisible(in_channels * widening),
                           out_channels, kernel, 1, squeeze, hardswish,
                           self.focal_groups),
            shortcut, self.shift_frames, relu=False,
            mask_input=self.mask_position == 'input')

    def _plain(self, in_channels: int, rows: tuple) -> nn.Sequential:
        channels = [in_channels, *(row[2] for row in rows)]
        return nn.Sequential(*map(self._block, channels, rows))

    def _af_stage(self, in_channels: int, pairs: tuple,
                  last: tuple) -> AFModule:
        out_channels = last[2]
        channels = [in_channels] + [out_channels] * (len(pairs) - 1)
        return AFModule(
            self.make_navigation(channels),
            [self._block(*pair) for pair in zip(channels, pairs)],
            [self._focal_block(*pair) for pair in zip(channels, pairs)],
            nn.Identity(), make_fusion(self.fusion_kind, out_channels, True),
            nn.Identity(), self._block(out_channels, last))

    def stem(self, frames: Tensor) -> Tensor:
        """Frames (N T, 3, H, W) -> (N T, 16, H / 2, W / 2)."""
        return self.act(self.bn(self.conv(frames)))

    def tail(self, x: Tensor) -> Tensor:
        """(N T, 160, h, w) -> (N T, 960, h, w)."""
        return self.act(self.bn_last(self.conv_last(x)))
