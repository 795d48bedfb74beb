"""Layers shared by several modules: concatenation, norms."""

from typing import Optional

import torch.nn as nn
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from torch import Tensor

from ..._checks import require


def build_norm(norm_cfg: Optional[dict], channels: int,
               ndim: int) -> nn.Module:
    """Build a norm layer; ``'BN'`` becomes the batch norm for ``ndim``.

    Args:
        norm_cfg: mmcv's norm config; None gives the identity.
        channels: number of channels.
        ndim: 1 for (B, C), 2 for images, 3 for clips.
    """
    if norm_cfg is None:
        return nn.Identity()
    norm_cfg = dict(norm_cfg)
    if norm_cfg.get('type') == 'BN':
        norm_cfg['type'] = f'BN{ndim}d'
    return build_norm_layer(norm_cfg, channels)[1]


def check_batch_norm_input(module: nn.Module, norm: nn.Module,
                           batch: int) -> None:
    """Refuse a training batch of one, which has no statistics."""
    alone = module.training and batch == 1 and any(
        isinstance(layer, nn.BatchNorm1d) for layer in norm.modules())
    require(not alone, f'batch of {type(module).__name__}', '1 video',
            'at least 2 in training (batch norm of one vector per video)',
            'Raise batch_size and set drop_last=True in train_dataloader.')


class ConstantConcatConv(nn.Module):
    """1x1 convolution of [x, E(v)], v constant in space and time.

    ``W [x, E(v)] = W_x x + E(W_v v)``: the half for v is one matrix-vector
    product per video instead of one per pixel. x may be given in parts
    [x_1, x_2, ...], which are not copied into one tensor.

    Args:
        in_channels: channels of x, of all its parts together.
        vector_channels: length of v.
        out_channels: channels of the result.
        ndim: 1 if x is (B, C, n); 2 if x is (B T, C, h, w), frames folded
            into the batch; 3 if x is (B, C, T, h, w).
        bias: whether to add a bias.
    """

    def __init__(self, in_channels: int, vector_channels: int,
                 out_channels: int, ndim: int, bias: bool = False) -> None:
        super().__init__()
        conv = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[ndim]
        self.conv = conv(in_channels, out_channels, 1, bias=bias)
        self.linear = nn.Linear(vector_channels, out_channels, bias=False)
        # The two halves are one weight matrix, so they share its fan-in.
        bound = (in_channels + vector_channels)**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor, vector: Tensor, *more: Tensor) -> Tensor:
        """(B T, C, h, w) or (B, C, T, h, w), and (B, C_v); parts of x."""
        constant = self.linear(vector)
        frames = x.size(0) // vector.size(0)
        if frames > 1:
            constant = constant.repeat_interleave(frames, dim=0)
        constant = constant.view(*constant.shape, *[1] * (x.dim() - 2))
        if not more:
            return self.conv(x) + constant
        parts = (x, *more)
        weights = self.conv.weight.split([part.size(1) for part in parts], 1)
        convolve = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.dim()]
        biases = (self.conv.bias, *[None] * len(more))
        return sum(map(convolve, parts, weights, biases), start=constant)
