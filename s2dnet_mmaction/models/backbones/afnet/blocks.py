"""Residual blocks of AFNet: plain ones, and those that skip frames."""

from itertools import chain
from typing import Dict, Optional, Tuple

import torch
from torch import Tensor, nn

from ....functional.frame_shift import shift_frames
from ....functional.take_rows import take_rows


class ResidualBlock(nn.Module):
    """``y = act(shortcut(x) + stack(shift(x)))`` for all frames.

    Args:
        stack: the convolutions.
        shortcut: None: there is none; Identity: x itself.
        shift_frames: T of the temporal shift before the stack; None: no
            shift.
        relu: whether a ReLU ends the block.
    """

    def __init__(self, stack: nn.Module, shortcut: Optional[nn.Module],
                 shift_frames: Optional[int] = None,
                 relu: bool = True) -> None:
        super().__init__()
        self.stack, self.shortcut = stack, shortcut
        self.shift_frames = shift_frames
        self.act = nn.ReLU(inplace=True) if relu else nn.Identity()

    def shift(self, x: Tensor, picked: Optional[Tensor] = None) -> Tensor:
        """Temporal shift; of the picked frames alone if there are any."""
        if self.shift_frames is not None:
            return shift_frames(x, self.shift_frames, picked=picked)
        return x if picked is None else take_rows(x, picked)

    def forward(self, x: Tensor) -> Tensor:
        """(N T, C, H, W) -> (N T, C', H', W')."""
        out = self.stack(self.shift(x))
        if self.shortcut is not None:
            out += self.shortcut(x)
        return self.act(out)


class FocalBlock(ResidualBlock):
    """A residual block that sees some of the frames only.

    ``y = act(shortcut(x) + m stack(shift(x)))`` where m, one number for each
    frame, is 0 for the others (eq. 13). The shift is that of all frames.

    NOTE(paper): where the mask is has a meaning. After the last norm
    (default) a frame that is not picked adds exactly zero. The authors' code
    has it before the stack, ``stack(m shift(x))``: such a frame then adds
    what the norms make of zeros, the same map for all frames. Their weights
    need that.

    Args:
        mask_input: whether the mask is before the stack.
        options: those of :class:`ResidualBlock`; ``shortcut`` keeps the
            size.
    """

    def __init__(self, *args: object, mask_input: bool = False,
                 **options: object) -> None:
        super().__init__(*args, **options)
        self.mask_input = mask_input
        self._of_zeros: Dict[Tuple, Tensor] = {}

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(N T, C, H, W) and (N T,) weights -> (N T, C', H, W).

        All frames are computed, as training needs it.
        """
        mask = mask.to(x.dtype).view(-1, 1, 1, 1)
        shifted = self.shift(x)
        change = (self.stack(shifted * mask) if self.mask_input else
                  self.stack(shifted) * mask)
        change += self.shortcut(x)
        return self.act(change)

    def look_at(self, x: Tensor, picked: Tensor) -> Tensor:
        """The same in evaluation, without work for the other frames.

        Args:
            x: (N T, C, H, W); not negative where a ReLU ends the block, as
                after a ReLU. It is changed if gradients are off.
            picked: (n,) int64 numbers of the picked frames.
        """
        x = x.clone() if torch.is_grad_enabled() else x
        keeps = isinstance(self.shortcut, nn.Identity)
        if keeps and not self.mask_input:  # the others stay what they are
            if len(picked):
                seen = self._change(x, picked)
                seen += take_rows(x, picked)
                x.index_copy_(0, picked, self.act(seen).to(x.dtype))
            return x
        change = self._change(x, picked) if len(picked) else None
        out = self.shortcut(x)
        if self.mask_input:
            rest = torch.ones(len(x), dtype=torch.bool, device=x.device)
            rest[picked] = False
            rest = rest.nonzero().flatten()
            same = self._response_to_zeros(x)
            out.index_add_(0, rest, same.expand(len(rest), -1, -1, -1))
        if change is not None:
            out.index_add_(0, picked, change.to(out.dtype))
        return self.act(out)

    def _change(self, x: Tensor, picked: Tensor) -> Tensor:
        return self.stack(self.shift(x, picked))

    def _response_to_zeros(self, x: Tensor) -> Tensor:
        """The map (1, C', H, W) that the stack makes of an empty frame."""
        if torch.is_grad_enabled():  # it has a gradient of its own then
            return self.stack(torch.zeros_like(x[:1]))
        # A step of an optimiser and a load change the versions.
        versions = tuple(
            each._version for each in chain(self.stack.parameters(),
                                            self.stack.buffers())
            if not each.is_inference())
        key = (x.shape[-2:], x.dtype, x.device, versions)
        if key not in self._of_zeros:
            self._of_zeros = {key: self.stack(torch.zeros_like(x[:1]))}
        return self._of_zeros[key]

    def train(self, mode: bool = True) -> 'FocalBlock':
        """Set the mode; an average of weights is put in unseen before it."""
        self._of_zeros = {}
        return super().train(mode)
