"""How far a filter row reaches: few samples hold all of its weight."""

import math
from typing import Union

import torch
from torch import Tensor

from .grid import Theta, grid_positions

# What lies further from the centre of a row weighs less than this, relative
# to the row's largest weight. At variance 1 that is six samples: below what
# float32 keeps of a value in 0..255.
NEGLIGIBLE = 1.6e-8
_LONGEST_AXIS = 1 << 20  # samples; wider rows read the whole axis


def half_width(kind: str, var: float) -> int:
    """h, such that a row reads the 2 h samples about its position.

    These are ``floor(p) - h + 1, ..., floor(p) + h``; at the border the
    2 h outermost ones; of an axis with fewer samples all. The samples left
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
    """[start, stop) of the samples that a window's rows read.

    Args:
        first: (B, ...) position of the window's first grid point.
        last: (B, ...) of its last one.
        samples: number of valid samples, an int or (B,).
        half: see :func:`half_width`.

    Returns:
        (B, ..., 2) int64, 0 <= start < stop <= samples.
    """
    if isinstance(samples, Tensor):
        samples = samples.view(-1, *[1] * (first.dim() - 1)).to(first.dtype)
    border = first.new_zeros(()) + samples - 1
    # NaN must not become an index; the rows carry it to the result.
    first, last = (torch.minimum(p.nan_to_num(0).floor().clamp(min=0), border)
                   for p in (first, last))
    # At the border the 2 h outermost samples are read.
    start = torch.minimum(first - half + 1, border + 1 - 2 * half)
    start, stop = start.clamp(min=0), last + half + 1
    stop = torch.minimum(stop.clamp(min=2 * half), border + 1)
    return torch.stack([start, stop], dim=-1).long()


def frames_read(theta: Theta, num_frames: int, lengths: Tensor, kind: str,
                var: float) -> Tensor:
    """Which frames of each video the temporal filter reads.

    Args:
        theta: see :class:`Theta`.
        num_frames: T_D.
        lengths: (B,) valid frames.
        kind: of the temporal filter.
        var: its variance.

    Returns:
        (B, max(lengths)) bool.
    """
    points = grid_positions(theta.center_t.double(), theta.stride_t.double(),
                            num_frames, lengths)  # (B, T_D)
    spans = reach(points, points, lengths, half_width(kind, var))
    frames = torch.arange(int(lengths.max()), device=lengths.device)
    inside = (frames >= spans[..., :1]) & (frames < spans[..., 1:])
    return inside.any(dim=1)
