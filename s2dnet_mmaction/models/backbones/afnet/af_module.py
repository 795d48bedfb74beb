"""The Ample and Focal module (Fig. 2)."""

from typing import Optional, Sequence, Tuple

import torch
from torch import Tensor, nn

from ...._checks import require
from .blocks import FocalBlock, ResidualBlock
from .dynamic_fusion import AddFusion, DynamicFusion
from .gate import FrameGate
from .navigation import Navigation

FUSIONS = ('dynamic', 'add')


class AFModule(nn.Module):
    """Two branches of residual blocks, fused at the end.

    .. code-block:: text

        x --> ample block 1 ----> ample block 2 --> ... ---+
         \\     \\-> navigation     \\-> navigation       fusion --> block
          \\             m_1               m_2             |
           -> focal block 1 ----> focal block 2 --> ... ---+

    The ample branch sees all frames at half the resolution; each of its
    maps decides which frames the focal block beside it sees. The others
    pass its shortcut alone (with the mask at the input plus a constant map).
    Where work is skipped, a focal block writes into the map of the one before
    it.

    Args:
        navigation: one for each pair of blocks; None: every frame is seen.
        ample: ResidualBlocks, of which the first halves the resolution.
        focal: FocalBlocks, as many.
        transform: from the channels of the ample branch to those of the
            focal one.
        fusion: :class:`DynamicFusion` or :class:`AddFusion`.
        act: after the fusion.
        last: block after the fusion.
    """

    def __init__(self, navigation: Optional[Sequence[Navigation]],
                 ample: Sequence[ResidualBlock],
                 focal: Sequence[FocalBlock], transform: nn.Module,
                 fusion: nn.Module, act: nn.Module,
                 last: ResidualBlock) -> None:
        super().__init__()
        require(len(ample) == len(focal) >= 1, 'blocks of a stage',
                len(ample) + 1, 'at least 2: a pair of an ample and a focal '
                'one, and one after the fusion', 'Correct stage_blocks.')
        self.navigation = None if navigation is None else \
            nn.ModuleList(navigation)
        self.ample, self.focal = nn.ModuleList(ample), nn.ModuleList(focal)
        self.transform, self.fusion = transform, fusion
        self.act, self.last = act, last

    def forward(self, x: Tensor, gate: FrameGate, skip: bool = False,
                masks: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
        """Run both branches.

        Args:
            x: (N T, C, H, W).
            gate: from logits to masks.
            skip: whether to leave out the work of frames that are not
                picked; masks are 0 or 1 then.
            masks: (blocks, N T) to use; None: those of the navigation.

        Returns:
            features (N T, C', H', W') and the masks that were used.
        """
        ample = focal = x
        if skip and isinstance(self.focal[0].shortcut, nn.Identity):
            focal = x.clone()  # x belongs to the caller
        used = []
        for i, (look_wide, look_close) in enumerate(
                zip(self.ample, self.focal)):
            if masks is not None:
                mask = masks[i]
            elif self.navigation is None:
                mask = x.new_ones(x.size(0))
            else:
                mask = gate(self.navigation[i](ample))
            used.append(mask)
            ample = look_wide(ample)
            focal = look_close.look_at(focal, mask.nonzero().flatten()) \
                if skip else look_close(focal, mask)
        fused = self.act(self.fusion(self.transform(ample), focal))
        return self.last(fused), torch.stack(used)


def make_fusion(kind: str, channels: int, bias: bool = False) -> nn.Module:
    """``'dynamic'`` or ``'add'``."""
    return AddFusion() if kind == 'add' else DynamicFusion(channels, bias)
