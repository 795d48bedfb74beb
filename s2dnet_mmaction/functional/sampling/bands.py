"""Bands of the filter rows: the few samples that hold all the weight."""

import math
from typing import Union

import torch
from torch import Tensor

from .filters import Filters
from .grid import Theta, grid_positions, in_float64

# Samples outside the band weigh less than this, relative to the row's largest
# weight. At variance 1 the band reaches six samples to either side. The rest
# is below the precision of float32 for a value in 0..255.
NEGLIGIBLE = 1.6e-8
_LONGEST_AXIS = 1 << 20  # samples; wider rows read the whole axis


def half_width(kind: str, var: float) -> int:
    """h, half the number of samples that a row reads.

    They are ``floor(p) - h + 1, ..., floor(p) + h``; at the border, the 2 h
    outermost samples; on an axis with fewer samples, all. The samples left
    out are at least h away from p.

    Args:
        kind: ``'gaussian'`` or ``'linear'``.
        var: variance in samples squared.
    """
    if kind == 'linear':
        return 1
    reaches = math.sqrt(-2 * var * math.log(NEGLIGIBLE))
    return max(1, math.ceil(min(reaches, _LONGEST_AXIS)))


def reach(first: Tensor, last: Tensor, samples: Union[int, Tensor],
          half: int) -> Tensor:
    """Range [start, stop) of the samples that the rows of a window read.

    Args:
        first, last: (B, ...) positions of the window's outermost points.
        samples: number of valid samples, an int or (B,).
        half: see :func:`half_width`.

    Returns:
        (B, ..., 2) int64, 0 <= start < stop <= samples.
    """
    if isinstance(samples, Tensor):
        samples = samples.view(-1, *[1] * (first.dim() - 1)).to(first.dtype)
    border = first.new_zeros(()) + samples - 1
    # NaN must not become an index. The rows pass it on to the result.
    first, last = (torch.minimum(p.nan_to_num(0).floor().clamp(min=0), border)
                   for p in (first, last))
    # At the border the 2 h outermost samples are read.
    start = torch.minimum(first - half + 1, border + 1 - 2 * half)
    start, stop = start.clamp(min=0), last + half + 1
    stop = torch.minimum(stop.clamp(min=2 * half), border + 1)
    return torch.stack([start, stop], dim=-1).long()


def frames_read(theta: Theta, num_frames: int, lengths: Tensor,
                filters: Filters) -> Tensor:
    """Mark the frames of each video that the temporal filter reads.

    Args:
        num_frames: T_D.
        lengths: (B,) valid frames.

    Returns:
        (B, max(lengths)) bool.
    """
    theta = in_float64(theta)
    points = grid_positions(theta.center_t, theta.stride_t, num_frames,
                            lengths)  # (B, T_D)
    spans = reach(points, points, lengths,
                  half_width(filters.temporal, filters.var))
    frames = torch.arange(int(lengths.max()), device=lengths.device)
    inside = (frames >= spans[..., :1]) & (frames < spans[..., 1:])
    return inside.any(dim=1)
