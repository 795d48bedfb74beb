"""Lateral fusion of the contextual features into DNet (Eq. 9)."""

from typing import Optional

import torch.nn as nn
from torch import Tensor

from ..._checks import require
from ..layers import ConstantConcatConv, build_norm


class LateralFusion(nn.Module):
    """``e' = f_u([e, E(m)])``, f_u a 1x1x1 convolution, BN and ReLU.

    Args:
        channels: channels of e and e'.
        context_channels: length C_m of m.
        ndim: 2 if maps are (B T, C, h, w), 3 if (B, C, T, h, w).
        norm_cfg: norm layer; None for none (the release).
    """

    def __init__(self,
                 channels: int,
                 context_channels: int,
                 ndim: int,
                 norm_cfg: Optional[dict] = dict(type='BN')) -> None:
        super().__init__()
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

    def after_stage(self, stage: nn.Module, inputs, output: Tensor) -> Tensor:
        """Forward hook of a backbone stage: replace its output e by e'.

        A hook leaves the backbone's keys alone, so that checkpoints load.
        It is a bound method because these, unlike closures, survive the
        deep copy that mmengine's EMAHook takes of a model.
        """
        require(
            self._context is not None, 'contextual features', 'none',
            'm of the videos that run through DNet',
            'Call DNet itself, not its backbone.')
        return self(output, self._context)
