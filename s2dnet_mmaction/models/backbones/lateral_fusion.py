"""Lateral fusion of the contextual features into DNet (Eq. 9)."""

from typing import Optional

import torch.nn as nn
from torch import Tensor

from ..._checks import require
from ..common.constant_concat_conv import ConstantConcatConv, build_norm


class LateralFusion(nn.Module):
    """``e' = f_u([e, E(m)])``, f_u a 1x1x1 convolution, BN and ReLU.

    In DNet it runs as a forward hook of a backbone's stage, see
    :meth:`after_stage`.

    Args:
        channels: channels of e and e'.
        context_channels: length C_m of m.
        ndim: 1 if maps are tokens (B, C, n), 2 if (B T, C, h, w), 3 if
            (B, C, T, h, w).
        norm_cfg: norm layer; None for none (the release).
        channel_axis: 1, or -1 for a stage whose output has the channels
            last.

    Attributes:
        context: (B, C_m) m of the videos in the backbone, set around each
            forward pass with :class:`temporary_attributes`.
    """

    def __init__(self, channels: int, context_channels: int, ndim: int,
                 norm_cfg: Optional[dict] = dict(type='BN'),
                 channel_axis: int = 1) -> None:
        super().__init__()
        self.channel_axis = channel_axis
        self.conv = ConstantConcatConv(
            channels, context_channels, channels, ndim, bias=norm_cfg is None)
        self.norm = build_norm(norm_cfg, channels, ndim)
        self.relu = nn.ReLU(inplace=True)
        self.context: Optional[Tensor] = None

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """e (B T, C, h, w) or (B, C, T, h, w), m (B, C_m) -> e'."""
        return self.relu(self.norm(self.conv(x, context)))

    def after_stage(self, stage: nn.Module, inputs, output):
        """Forward hook of a backbone stage: replace its output e by e'.

        The output may be a tuple, like (e, shape of the tokens).

        A hook leaves the names of the backbone's weights alone, so that
        checkpoints load. A bound method, unlike a closure, survives the
        deep copy that mmengine's EMAHook makes of a model.
        """
        require(self.context is not None, 'contextual features', 'none',
                'm of the videos in DNet',
                'Call DNet itself, not its backbone.')
        e, *others = output if isinstance(output, tuple) else (output, )
        e = self(e.movedim(self.channel_axis, 1), self.context)
        e = e.movedim(1, self.channel_axis)
        return (e, *others) if isinstance(output, tuple) else e
