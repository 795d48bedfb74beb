"""f_theta: location and scale of the detail (Eq. 4)."""

import math
from typing import Dict, Optional, Sequence, Tuple

import torch
import torch.nn as nn
from mmaction.registry import MODELS
from torch import Tensor

from ...._checks import require, require_choice, require_shape
from ...common.constant_concat_conv import (
    ConstantConcatConv,
    check_batch_norm_input,
)
from .located import AXES, Located, frozen_theta
from .strides import Strides

TRUNKS = ('conv', 'mlp')
# Hidden widths are those of the release; the paper gives none: HIDDEN_DIM,
# HIDDEN_DIM / DETAIL_SAMPLING_DIM_RATE, and its two fully-connected layers.
_CONV_CHANNELS, _MAP_CHANNELS, _MLP_CHANNELS = 64, 4, (1024, 512)


@MODELS.register_module()
class LocationScale(nn.Module):
    """f_theta of the paper and of the release.

    Eq. (4): ``theta = f_theta([e, E(s)])``. The paper's trunk: conv 1x1x1
    BN ReLU (64), conv 3x3x3 BN ReLU (4), flatten; then two parallel FC
    layers, 2 numbers for time, 4 T_D for space. The release's (``'mlp'``):
    conv 1x1x1 ReLU BN (64), flatten, FC BN ReLU 1024, FC BN ReLU 512, four
    FC layers. The numbers are raw centres mu and log-strides delta; centres
    are ``tanh(mu)``, for strides see :class:`Strides`.

    Args:
        in_shape: (C_S, T_S, h, w) of e.
        num_classes: length N of s.
        strides: scale of the strides; DetailSampler fills in these three.
        axes: which of ``'time'`` and ``'space'`` to predict; the other is
            frozen.
        trunk: ``'conv'`` (paper) or ``'mlp'`` (release).
        space_follows_time: whether (mu_t, delta_t) are inputs of the space
            FC too, as in the release.
        scale_by_fan_in: whether the last FCs are ``W x / sqrt(n) + b``, n
            the length of x, with W initialised larger by sqrt(n). The first
            theta is the same. A step of SGD moves mu by the rate times
            |x|^2 / n in place of |x|^2, which grows with the maps, so that
            one rate fits all sizes (docs/fidelity.md). Not of the paper.

    Raises:
        ValueError: if an option is unknown or options contradict each other.
    """

    def __init__(self,
                 in_shape: Tuple[int, int, int, int],
                 num_classes: int,
                 strides: Strides,
                 axes: Sequence[str] = AXES,
                 trunk: str = 'conv',
                 space_follows_time: bool = False,
                 scale_by_fan_in: bool = False) -> None:
        super().__init__()
        require_choice('trunk', trunk, TRUNKS)
        require(not space_follows_time or set(axes) == set(AXES),
                'space_follows_time', f'True with axes={tuple(axes)}',
                'both axes', 'Set space_follows_time=False.')
        self.in_shape = tuple(in_shape)
        self.strides = strides
        self.space_follows_time = space_follows_time
        num_frames = strides.size[0]
        # Time first, because space may depend on it.
        self.axes = tuple(axis for axis in AXES if axis in axes)
        channels, *extent = self.in_shape
        numbers = math.prod(extent)
        # NOTE(paper): E(s) is constant, so its half of the first
        # convolution is one matrix-vector product per video.
        self.reduce = ConstantConcatConv(
            channels, num_classes, _CONV_CHANNELS, 3, bias=trunk == 'mlp')
        self.class_columns = {'reduce.linear.weight': 0}  # see fine_tuning
        if trunk == 'conv':
            self.trunk = nn.Sequential(
                nn.BatchNorm3d(_CONV_CHANNELS), nn.ReLU(inplace=True),
                nn.Conv3d(
                    _CONV_CHANNELS, _MAP_CHANNELS, 3, padding=1, bias=False),
                nn.BatchNorm3d(_MAP_CHANNELS), nn.ReLU(inplace=True),
                nn.Flatten())
            width, num_fcs = _MAP_CHANNELS * numbers, 1
        else:
            layers = [
                nn.ReLU(inplace=True),
                nn.BatchNorm3d(_CONV_CHANNELS),
                nn.Flatten()
            ]
            width = _CONV_CHANNELS * numbers
            for hidden in _MLP_CHANNELS:
                layers += [
                    nn.Linear(width, hidden),
                    nn.BatchNorm1d(hidden),
                    nn.ReLU(inplace=True)
                ]
                width = hidden
            self.trunk, num_fcs = nn.Sequential(*layers), 2
        # The scale of the FCs' inputs
        self.scale = width**-0.5 if scale_by_fan_in else 1.0
        # One FC per axis, or one for its centres and one for its strides.
        self.fcs = nn.ModuleDict()
        for axis in self.axes:
            extra = 2 if axis == 'space' and space_follows_time else 0
            outputs = 2 * (1 if axis == 'time' else 2 * num_frames)
            self.fcs[axis] = nn.ModuleList(
                nn.Linear(width + extra, outputs // num_fcs)
                for _ in range(num_fcs))
            for fc in self.fcs[axis]:  # supplement
                nn.init.kaiming_uniform_(fc.weight, a=5)
                nn.init.zeros_(fc.bias)
                fc.weight.data /= self.scale

    def forward(self, e: Tensor, topk: Tensor, lengths: Tensor,
                frame_size: Sequence[int],
                synopsis: Optional[Tensor] = None) -> Located:
        """Locate the detail (Eq. 4; supplement, Eqs. 1-2).

        Args:
            e: (B, C_S, T_S, h, w) synopsis features.
            topk: (B, N) vector s.
            lengths: (B,) float, valid raw frames.
            frame_size: (H, W) of the raw frames.
            synopsis: not used.

        Returns:
            theta in the weights' precision, also under autocast.
        """
        raw = self.predict(e, topk)
        theta = frozen_theta(lengths, self.strides.size[0])
        if 'time' in raw:
            mu, delta = raw['time'].squeeze(-1).unbind(1)  # (B,)
            theta = theta._replace(
                center_t=mu.tanh(),
                stride_t=self.strides.of_time(delta, lengths))
        if 'space' in raw:
            mu, delta = raw['space'].unbind(1)  # (B, 2 T_D)
            center_y, center_x = mu.tanh().chunk(2, 1)
            stride_y, stride_x = self.strides.of_space(*delta.chunk(2, 1),
                                                       frame_size)
            theta = theta._replace(center_y=center_y, stride_y=stride_y,
                                   center_x=center_x, stride_x=stride_x)
        return Located(theta)

    def predict(self, e: Tensor, topk: Tensor) -> Dict[str, Tensor]:
        """Raw parameters.

        Returns:
            per axis (B, 2, n): raw centres mu and raw log-strides delta, n
            = 1 for ``'time'`` and 2 T_D for ``'space'`` (T_D numbers for y,
            then T_D for x).
        """
        require_shape(
            'e', e, ('B', *self.in_shape),
            'Set in_shape of the detail sampler to (C_S, T_S, h, w) of the '
            "synopsis backbone's features.")
        check_batch_norm_input(self, self.trunk, e.size(0))
        # In half precision a position of 223 px would be off by up to half
        # a pixel, and the sum of a volume's normalised gradient would
        # overflow.
        with torch.autocast(e.device.type, enabled=False):
            # of a convolution: quantize_dynamic replaces linear layers
            dtype = self.reduce.conv.weight.dtype
            hidden = self.trunk(self.reduce(e.to(dtype), topk.to(dtype)))
            raw = {}
            for axis in self.axes:
                if axis == 'space' and self.space_follows_time:
                    hidden = torch.cat([hidden, raw['time'].flatten(1)], dim=1)
                numbers = [fc(hidden * self.scale) for fc in self.fcs[axis]]
                raw[axis] = torch.cat(numbers, dim=1).unflatten(1, (2, -1))
        return raw
