"""Lateral fusion of the contextual features into DNet (Eq. 9)."""

from typing import Optional

import torch.nn as nn
from torch import Tensor

from ..._checks import require
from ..common.constant_concat_conv import ConstantConcatConv, build_norm


class LateralFusion(nn.Module):
    """``e' = f_u([e, E(m)])``, f_u a 1x1x1 convolution, BN and ReLU.

    Args:
        channels: channels of e and e'.
        context_channels: length C_m of m.
        ndim: 1 if maps are tokens (B, C, n), 2 if (B T, C, h, w), 3 if
            (B, C, T, h, w).
        norm_cfg: norm layer; None for none (the release).
        channel_axis: 1, or -1 for a stage whose output has the channels
            last.
    """

    def __init__(self,
                 channels: int,
                 context_channels: int,
                 ndim: int,
                 norm_cfg: Optional[dict] = dict(type='BN'),
                 channel_axis: int = 1) -> None:
        super().__init__()
        self.channel_axis = channel_axis
        self.conv = ConstantConcatConv(
            channels, context_channels, channels, ndim, bias=norm_cfg is None)
        self.norm = build_norm(norm_cfg, channels, ndim)
        self.relu = nn.ReLU(inplace=True)
        self._context: Optional[Tensor] = None

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """e (B T, C, h, w) or (B, C, T, h, w), m (B, C_m) -> e'."""
        return self.relu(self.norm(self.conv(x, context)))

    def set_context(self, context: Optional[Tensor]) -> None:
        """Hold m for :meth:`after_stage`."""
        self._context = context

    def after_stage(self, stage: nn.Module, inputs, output):
        """Forward hook of a backbone stage: replace its output e by e'.

        A stage may give more than e, like the shape of its tokens; e comes
        first then.

        A hook leaves the backbone's keys alone, so that checkpoints load.
        It is a bound method because these, unlike closures, survive the
        deep copy that mmengine's EMAHook takes of a model.
        """
        require(
            self._context is not None, 'contextual features', 'none',
            'm of the videos that run through DNet',
            'Call DNet itself, not its backbone.')
        if isinstance(output, tuple):
            return (self._fuse(output[0]), *output[1:])
        return self._fuse(output)

    def _fuse(self, e: Tensor) -> Tensor:
        e = e.movedim(self.channel_axis, 1)
        return self(e, self._context).movedim(1, self.channel_axis)
