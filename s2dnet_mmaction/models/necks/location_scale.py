"""f_theta: location and scale of the detail (Eq. 4)."""

import math
from typing import Dict, Sequence, Tuple

import torch
import torch.nn as nn
from torch import Tensor

from ..._checks import (
    require,
    require_choice,
    require_int,
    require_shape,
)
from ..common.constant_concat_conv import (
    ConstantConcatConv,
    check_batch_norm_input,
)

AXES = ('time', 'space')
TRUNKS = ('conv', 'mlp')
# Hidden widths are those of the release; the paper gives none: HIDDEN_DIM,
# HIDDEN_DIM / DETAIL_SAMPLING_DIM_RATE, and its two fully-connected layers.
_CONV_CHANNELS, _MAP_CHANNELS, _MLP_CHANNELS = 64, 4, (1024, 512)


class LocationScale(nn.Module):
    """Raw (unscaled) location and scale parameters.

    Eq. (4): ``theta = f_theta([e, E(s)])``. The paper's trunk: conv 1x1x1
    BN ReLU (64), conv 3x3x3 BN ReLU (4), flatten; then two parallel FC
    layers, 2 numbers for time, 4 T_D for space. The release's (``'mlp'``):
    conv 1x1x1 ReLU BN (64), flatten, FC BN ReLU 1024, FC BN ReLU 512, four
    FC layers.

    Args:
        in_shape: (C_S, T_S, h, w) of e.
        num_classes: length N of s.
        num_frames: T_D.
        trunk: ``'conv'`` (paper) or ``'mlp'`` (release).
        space_follows_time: whether (mu_t, delta_t) are inputs of the space
            FC too, as in the release.
        axes: which of ``'time'`` and ``'space'`` to predict.

    Raises:
        ValueError: if an option is unknown or options contradict each other.
    """

    def __init__(self, in_shape: Tuple[int, int, int, int], num_classes: int,
                 num_frames: int, trunk: str = 'conv',
                 space_follows_time: bool = False,
                 axes: Sequence[str] = AXES) -> None:
        super().__init__()
        require_choice('trunk', trunk, TRUNKS)
        require_int('num_frames', num_frames)
        require(not space_follows_time or set(axes) == set(AXES),
                'space_follows_time', f'True with axes={tuple(axes)}',
                'both axes', 'Set space_follows_time=False.')
        self.in_shape = tuple(in_shape)
        self.num_frames = num_frames
        self.space_follows_time = space_follows_time
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

    def forward(self, e: Tensor, topk: Tensor) -> Dict[str, Tensor]:
        """Predict the raw parameters.

        Args:
            e: (B, C_S, T_S, h, w) synopsis features.
            topk: (B, N) vector s.

        Returns:
            per axis (B, 2, n) in the weights' precision, also under
            autocast: raw centres mu and raw log-strides delta, n = 1 for
            ``'time'`` and 2 T_D for ``'space'`` (T_D numbers for y, then
            T_D for x).
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
                numbers = [fc(hidden) for fc in self.fcs[axis]]
                raw[axis] = torch.cat(numbers, dim=1).unflatten(1, (2, -1))
        return raw
