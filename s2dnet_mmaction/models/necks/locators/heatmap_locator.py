"""A locator whose centres are expectations over heat maps."""

import math
from typing import Dict, Optional, Sequence, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor

from ...._checks import (
    require,
    require_choice,
    require_int,
    require_number,
    require_shape,
)
from ....functional.sampling.grid import Theta, grid_positions
from ...common.constant_concat_conv import ConstantConcatConv
from .located import (
    AXES,
    Heatmaps,
    Located,
    cell_positions,
    frame_positions,
    frozen_theta,
)
from .strides import Strides

STRIDE_PER = ('video', 'frame')


@MODELS.register_module()
class HeatmapLocator(nn.Module):
    """Theta as expectations over heat maps of the synopsis.

    Not of the paper: it replaces f_theta of Eq. (4), see
    :class:`LocationScale`.

    .. code-block:: text

        c = the synopsis averaged to e's cells, then each channel of a video
            minus its mean, over sqrt(its variance + 1e-5)
        z = ReLU(BN(conv1x1x1([e, c, E(s)])))           (B, 32, T', h, w)
        h_t, h_s = conv3x3x3(z) / temperature           (B, T', h, w) each

        a = softmax over frames of logsumexp over (h, w) of h_t   (B, T')
        mu_t = sum of a times the frames' positions in [-1, 1]

        q = softmax over (h, w) of h_s within each frame (B, T', h, w)
        (y, x) of a frame = sum of q times the cells' positions, which are
                            (2 k + 1) / n - 1 for cell k of n
        (mu_y, mu_x)(z) = (y, x), linearly interpolated at p_t(z)

        delta = FC(sum of a q z)

    T' is T_S, or less if the synopsis backbone has temporal strides. c is
    there because e need not show where an action is: it may be known by the
    absence of what marks the others (docs/telltale.md).

    p_t(z) is the time of detail frame z, so windows move smoothly and follow
    what moves. A centre is an average of positions: it is in the video
    whatever the weights are, and one step of the optimiser moves it by an
    amount that does not depend on the size of the maps. Nothing is
    flattened, so any T', h and w are legal. The second convolution and the
    FC are initialised to zero: training starts at the centre with the first
    window, as in the supplement.

    Args:
        in_shape: (C_S, T', h, w) of e; only C_S matters.
        num_classes: length N of s.
        strides: scale of the strides; DetailSampler fills in these three.
        axes: which of ``'time'`` and ``'space'`` to predict; the other is
            frozen.
        stride_per: ``'video'``: one pair of space strides for all frames;
            ``'frame'``: from sum of q z of each synopsis frame,
            interpolated like the centres.
        isotropic: whether the space strides along y and x are equal in
            units of the first ones.
        temperature: divides the maps: > 1 makes them flatter.
        synopsis_channels: channels of c; 0 for a locator that sees e alone.
        kernel_size: of the second convolution, odd.
        mid_channels: channels of z.

    Raises:
        TypeError: if a number is no int, or the synopsis is missing.
        ValueError: if an option is unknown or out of range, or a tensor has
            another shape.
    """

    def __init__(self,
                 in_shape: Sequence[int],
                 num_classes: int,
                 strides: Strides,
                 axes: Sequence[str] = AXES,
                 stride_per: str = 'video',
                 isotropic: bool = False,
                 temperature: float = 1.0,
                 synopsis_channels: int = 3,
                 kernel_size: int = 3,
                 mid_channels: int = 32) -> None:
        super().__init__()
        require_choice('stride_per', stride_per, STRIDE_PER)
        require_int('synopsis_channels', synopsis_channels, minimum=0)
        require_int('kernel_size', kernel_size)
        require_int('mid_channels', mid_channels)
        require(kernel_size % 2 == 1, 'kernel_size', kernel_size,
                'an odd number', 'Choose 1 or 3.')
        require_number('temperature', temperature, 0, 'Write 1.0, or more '
                       'for flatter heat maps.')
        self.in_channels, self.strides = in_shape[0], strides
        self.synopsis_channels = synopsis_channels
        self.axes = tuple(axis for axis in AXES if axis in axes)
        self.stride_per, self.temperature = stride_per, temperature
        # NOTE: E(s) is constant, so its half of the first convolution is one
        # matrix-vector product per video.
        self.reduce = ConstantConcatConv(self.in_channels + synopsis_channels,
                                         num_classes, mid_channels, 3)
        self.class_columns = {'reduce.linear.weight': 0}  # see fine_tuning
        # Beside the many channels of a large net c would hardly count: its
        # columns start as large as beside 32 channels and 9 classes, with
        # which it was tried (docs/telltale.md).
        tried = 32 + 3 + 9
        joined = self.in_channels + synopsis_channels + num_classes
        with torch.no_grad():
            self.reduce.conv.weight[:, self.in_channels:] *= (
                joined / tried)**0.5
        self.norm = nn.BatchNorm3d(mid_channels)
        self.relu = nn.ReLU(inplace=True)
        self.maps = nn.Conv3d(
            mid_channels, len(self.axes), kernel_size,
            padding=kernel_size // 2, bias=False)
        outputs = dict(time=1, space=1 if isotropic else 2)
        self.fcs = nn.ModuleDict({
            axis: nn.Linear(mid_channels, outputs[axis]) for axis in self.axes
        })
        for layer in (self.maps, *self.fcs.values()):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)

    def forward(self, e: Tensor, topk: Tensor, lengths: Tensor,
                frame_size: Sequence[int],
                synopsis: Optional[Tensor] = None) -> Located:
        """Locate the detail.

        Args:
            e: (B, C_S, T', h, w) synopsis features.
            topk: (B, N) vector s.
            lengths: (B,) float, valid raw frames.
            frame_size: (H, W) of the raw frames.
            synopsis: (B, T_S, C, H_S, W_S), normalised, of which e is made;
                C is synopsis_channels. None if that is 0.

        Returns:
            theta and the heat maps a and q, in the weights' precision, also
            under autocast.
        """
        require_shape('e', e, ('B', self.in_channels, 'T_S', 'h', 'w'),
                      'Set in_shape of the detail sampler to (C_S, T_S, h, w) '
                      "of the synopsis backbone's features.")
        if self.synopsis_channels > 0:
            require_shape(
                'synopsis', synopsis,
                ('B', 'T_S', self.synopsis_channels, 'H_S', 'W_S'),
                'Give the normalised synopsis, and set synopsis_channels of '
                'the locator to its channels, or to 0.')
        # In half precision a position of 223 px would be off by up to half
        # a pixel.
        with torch.autocast(e.device.type, enabled=False):
            # of a convolution: quantize_dynamic replaces linear layers
            dtype = self.reduce.conv.weight.dtype
            seen = ()
            if self.synopsis_channels > 0:
                seen = (_contrast(synopsis, e.shape[2:]).to(dtype), )
            z = self.reduce(e.to(dtype), topk.to(dtype), *seen)
            z = self.relu(self.norm(z))
            heatmaps = self._heatmaps(z)
            return Located(self._theta(z, heatmaps, lengths, frame_size),
                           heatmaps)

    def _heatmaps(self, z: Tensor) -> Heatmaps:
        """a (B, T_S) and q (B, T_S, h, w)."""
        maps = self.maps(z) / self.temperature
        maps = dict(zip(self.axes, maps.flatten(3).unbind(1)))  # (B, T_S, hw)
        time = space = None
        if 'time' in maps:
            time = maps['time'].logsumexp(-1).softmax(-1)
        if 'space' in maps:
            space = maps['space'].softmax(-1).unflatten(-1, z.shape[-2:])
        return Heatmaps(time, space)

    def _theta(self, z: Tensor, heatmaps: Heatmaps, lengths: Tensor,
               frame_size: Sequence[int]) -> Theta:
        num_frames = self.strides.size[0]
        theta = frozen_theta(lengths, num_frames)
        by_frame, by_video = _pool(z, heatmaps)
        if heatmaps.time is not None:
            delta = self.fcs['time'](by_video).squeeze(-1)
            theta = theta._replace(
                center_t=_expectation(heatmaps.time,
                                      frame_positions(z.size(2))),
                stride_t=self.strides.of_time(delta, lengths))
        if heatmaps.space is not None:
            theta = theta._replace(**self._space(
                heatmaps.space, by_frame, by_video,
                _interpolation(theta, lengths, num_frames, z.size(2)),
                frame_size))
        return theta

    def _space(self, space: Tensor, by_frame: Tensor, by_video: Tensor,
               weights: Tensor, frame_size: Sequence[int]
               ) -> Dict[str, Tensor]:
        """Centres and strides (B, T_D) of the detail frames.

        Args:
            space: (B, T_S, h, w) maps q.
            by_frame, by_video: see :func:`_pool`.
            weights: (B, T_D, T_S) of the synopsis frames.
            frame_size: (H, W) of the raw frames.
        """
        centers = torch.stack([
            _expectation(space.sum(-1), cell_positions(space.size(-2))),
            _expectation(space.sum(-2), cell_positions(space.size(-1)))
        ], dim=-1)
        center_y, center_x = (weights @ centers).unbind(-1)  # (B, T_D)
        if self.stride_per == 'frame':
            delta = weights @ self.fcs['space'](by_frame)
        else:
            delta = self.fcs['space'](by_video)
            delta = delta.unsqueeze(1).expand(-1, weights.size(1), -1)
        stride_y, stride_x = self.strides.of_space(
            delta[..., 0], delta[..., -1], frame_size)
        return dict(center_y=center_y, stride_y=stride_y, center_x=center_x,
                    stride_x=stride_x)


def _contrast(synopsis: Tensor, extent: Sequence[int]) -> Tensor:
    """Synopsis (B, T_S, C, H, W) -> c (B, C, T', h, w).

    0 where all is equal. Large frames are read in steps, which leave 4 to 8
    pixels along each side of a cell: reading takes most of the time.
    """
    steps = [max(1, math.ceil(pixels / (8 * cells)))
             for pixels, cells in zip(synopsis.shape[3:], extent[1:])]
    y, x = (slice(step // 2, None, step) for step in steps)
    c = F.adaptive_avg_pool2d(synopsis[..., y, x].flatten(0, 1), extent[1:])
    c = c.unflatten(0, synopsis.shape[:2]).transpose(1, 2).contiguous()
    if c.size(2) != extent[0]:
        # the mean over frames; ONNX has no adaptive_avg_pool3d
        c = F.adaptive_avg_pool2d(
            c.flatten(3), (extent[0], extent[1] * extent[2])).view(
                *c.shape[:2], *extent)
    c = c - c.mean((2, 3, 4), keepdim=True)
    return c / (c.square().mean((2, 3, 4), keepdim=True) + 1e-5).sqrt()


def _expectation(weights: Tensor, positions: Tensor) -> Tensor:
    """Weights (..., n) at n positions -> their mean position (...)."""
    return weights @ positions.to(weights)


def _pool(z: Tensor, heatmaps: Heatmaps) -> Tuple[Tensor, Tensor]:
    """z (B, C, T_S, h, w) averaged under the heat maps; the mean without.

    Returns:
        (B, T_S, C) within each frame and (B, C) over all.
    """
    if heatmaps.space is None:
        by_frame = z.mean((-2, -1)).transpose(1, 2)
    else:
        by_frame = (z * heatmaps.space.unsqueeze(1)).sum((-2, -1)).transpose(
            1, 2)
    if heatmaps.time is None:
        return by_frame, by_frame.mean(1)
    return by_frame, (heatmaps.time.unsqueeze(1) @ by_frame).squeeze(1)


def _interpolation(theta: Theta, lengths: Tensor, num_frames: int,
                   num_synopsis: int) -> Tensor:
    """(B, T_D, T_S) weights: linear interpolation at the detail's times.

    Rows sum to 1. Before the first and after the last synopsis frame its
    weight is 1.
    """
    times = grid_positions(theta.center_t, theta.stride_t, num_frames, lengths)
    last = (lengths - 1).clamp(min=1).unsqueeze(-1)  # L = 1: time 0 of 1
    at = (times * (num_synopsis - 1) / last).clamp(0, num_synopsis - 1)
    frames = torch.arange(num_synopsis, device=at.device, dtype=at.dtype)
    return (1 - (at.unsqueeze(-1) - frames).abs()).clamp(min=0)
