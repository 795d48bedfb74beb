"""AF-ResNet: a ResNet whose first three stages are AF modules."""

from typing import Callable, Dict, NamedTuple, Optional, Sequence, Tuple

import torch.nn as nn
from mmaction.registry import MODELS
from torch import Tensor

from ...._checks import require, require_choice, require_int
from .af_backbone import AFBackbone
from .af_module import AFModule, make_fusion
from .blocks import FocalBlock, ResidualBlock
from .stacks import basic_stack, bottleneck_stack, resnet_shortcut

_NUM_AF_STAGES = 3


class _Depth(NamedTuple):
    """A depth of ResNet."""
    blocks: Tuple[int, ...]
    stack: Callable[..., nn.Sequential]
    expansion: int  # channels of the first stage / 64


# NOTE(paper): the supplement (Tab. 7) gives stage 4 1024 channels; only 2048,
# as in the authors' code, reproduce the published cost.
# AF-ResNet101 has fewer blocks than ResNet-101 (authors' code); the
# supplement (Tab. 1) reports 34 layers of basic blocks, without code.
DEPTHS: Dict[int, _Depth] = {
    34: _Depth((3, 4, 6, 3), basic_stack, 1),
    50: _Depth((3, 4, 6, 3), bottleneck_stack, 4),
    101: _Depth((4, 8, 18, 3), bottleneck_stack, 4),
}


@MODELS.register_module()
class AFResNet(AFBackbone):
    """ResNet with ample and focal branches (supplement, Tab. 7).

    .. code-block:: text

        (N T, 3, H, W) -> stem 1/4 -> AF 1/8 -> AF 1/16 -> AF 1/16
                       -> stage 4 1/32 -> (N T, C, H / 32, W / 32)

    Each stage has one pair of an ample and a focal block less than ResNet
    has blocks, and one block after the fusion.

    Args:
        depth: 34, 50 or 101.
        num_segments: T, frames of a clip.
        shift: whether channels are shifted in time before each block (TSM).
        alpha: channels of the focal branch / those of the ample one.
        focal_groups: groups of the convolutions of the focal branch.
        stage_blocks: blocks of the four stages; None: those of the depth.
        base_channels: of the stem.
        options: those of :class:`AFBackbone`.

    Raises:
        ValueError: if an option is wrong, or an AF stage has fewer than two
            blocks.
    """

    def __init__(self, depth: int, num_segments: int, shift: bool = False,
                 alpha: int = 2, focal_groups: int = 2,
                 stage_blocks: Optional[Sequence[int]] = None,
                 base_channels: int = 64, **options: object) -> None:
        super().__init__(num_segments, **options)
        require_choice('depth', depth, DEPTHS)
        require_int('alpha', alpha)
        require_int('focal_groups', focal_groups)
        kind = DEPTHS[depth]
        blocks = tuple(stage_blocks or kind.blocks)
        require(base_channels % 16 == 0, 'base_channels', base_channels,
                'a multiple of 16', 'The fusion has a sixteenth of them.')
        for name, number in (('alpha', alpha), ('focal_groups', focal_groups)):
            require(base_channels % number == 0, name, number,
                    f'a divisor of base_channels={base_channels}',
                    'Correct it.')
        require(len(blocks) == _NUM_AF_STAGES + 1, 'stage_blocks', blocks,
                'four numbers', f'For depth {depth}: {kind.blocks}.')
        for number, least in zip(blocks, (2, 2, 2, 1)):
            require(isinstance(number, int) and number >= least,
                    'stage_blocks', blocks, f'ints, at least {least} where '
                    f'it is {number}: a stage has a pair of branches and a '
                    'block after them', f'For depth {depth}: {kind.blocks}.')
        self.shift_frames = num_segments if shift else None
        self.alpha, self.focal_groups = alpha, focal_groups
        self.stack = kind.stack
        self.conv1 = nn.Conv2d(3, base_channels, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(base_channels)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels, out = base_channels, base_channels * kind.expansion
        for i, number in enumerate(blocks[:-1]):
            stride = 1 if i == _NUM_AF_STAGES - 1 else 2
            self.add_stage(f'layer{i + 1}',
                           self._af_stage(channels, out, number, stride))
            channels, out = out, 2 * out
        self.add_stage('layer4', nn.Sequential(*(
            self._block(channels if i == 0 else out, out, 1 + (i == 0))
            for i in range(blocks[-1]))))
        self.out_channels = out

    def _block(self, in_channels: int, out_channels: int, stride: int = 1,
               relu: bool = True) -> ResidualBlock:
        return ResidualBlock(
            self.stack(in_channels, out_channels, stride),
            resnet_shortcut(in_channels, out_channels, stride),
            self.shift_frames, relu)

    def _af_stage(self, in_channels: int, out_channels: int, blocks: int,
                  stride: int) -> AFModule:
        pairs, narrow = blocks - 1, out_channels // self.alpha
        ample = [self._block(in_channels if i == 0 else narrow, narrow,
                             1 + (i == 0), relu=i < pairs - 1)
                 for i in range(pairs)]
        focal = [FocalBlock(
            self.stack(each, out_channels, groups=self.focal_groups),
            resnet_shortcut(each, out_channels), self.shift_frames,
            relu=i < pairs - 1, mask_input=self.mask_position == 'input')
            for i, each in enumerate(
                [in_channels] + [out_channels] * (pairs - 1))]
        transform: nn.Module = nn.Identity()
        if self.alpha != 1:
            transform = nn.Sequential(
                nn.Conv2d(narrow, out_channels, 1, bias=False),
                nn.BatchNorm2d(out_channels))
        return AFModule(
            self.make_navigation([in_channels] + [narrow] * (pairs - 1)),
            ample, focal, transform,
            make_fusion(self.fusion_kind, out_channels),
            nn.ReLU(inplace=True),
            self._block(out_channels, out_channels, stride))

    def stem(self, frames: Tensor) -> Tensor:
        """Frames (N T, 3, H, W) -> (N T, C, H / 4, W / 4)."""
        return self.maxpool(self.relu(self.bn1(self.conv1(frames))))

    def init_weights(self) -> None:
        """Initialise; then load the file of ``init_cfg``."""
        if not self.is_init:
            self.apply(_start_as_shortcut)
        super().init_weights()


def _start_as_shortcut(module: nn.Module) -> None:
    """A block of all frames starts as its shortcut; a focal one does not."""
    if isinstance(module, ResidualBlock) and not isinstance(
            module, FocalBlock):
        nn.init.zeros_(list(module.stack)[-1].weight)
