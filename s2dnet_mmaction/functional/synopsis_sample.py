"""The synopsis sampler: few uniform frames of low resolution (Sec. 3.1)."""

from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .._checks import require_choice
from .take_rows import take_rows

RESIZE_MODES = ('bilinear', 'nearest')


def uniform_indices(lengths: Tensor, num_frames: int) -> Tensor:
    """Indices of ``linspace(0, L - 1, n)``, rounded down.

    Computed in integers, ``floor(i (L - 1) / (n - 1))``, so that rounding of
    floats cannot change a frame.

    Args:
        lengths: (B,) integers, valid frames per video.
        num_frames: n >= 1; with n = 1 the first frame.

    Returns:
        (B, n) int64 indices in [0, L - 1].
    """
    steps = torch.arange(num_frames, device=lengths.device)
    last = (lengths.long() - 1).unsqueeze(-1)
    return steps * last // max(num_frames - 1, 1)


def synopsis_sample(frames: Tensor, lengths: Optional[Tensor], num_frames: int,
                    size: Tuple[int, int], mode: str = 'bilinear') -> Tensor:
    """Take T_S uniform frames and resize them.

    Args:
        frames: (B, T, C, H, W) uint8 or floating point.
        lengths: (B,) valid frames per video; None: all T.
        num_frames: T_S.
        size: (H_S, W_S).
        mode: ``'bilinear'`` (antialiased) or ``'nearest'`` (the release).

    Returns:
        (B, T_S, C, H_S, W_S) float, in the range of ``frames``.

    Raises:
        ValueError: if ``mode`` is unknown.
    """
    require_choice('resize_mode', mode, RESIZE_MODES)
    if lengths is None:
        lengths = torch.full((frames.size(0), ), frames.size(1),
                             device=frames.device)
    index = uniform_indices(lengths, num_frames)  # (B, T_S)
    first = torch.arange(frames.size(0), device=frames.device) * frames.size(1)
    picked = take_rows(frames.flatten(0, 1),  # a view of a batch of clips
                       (first.unsqueeze(-1) + index).flatten())
    if not picked.is_floating_point():
        picked = picked.float()
    if tuple(picked.shape[-2:]) != tuple(size):
        # F.interpolate has no antialiasing for 'nearest'.
        options = {}
        if mode == 'bilinear':
            options = dict(antialias=True, align_corners=False)
        picked = F.interpolate(picked, size=tuple(size), mode=mode, **options)
    return picked.unflatten(0, (-1, num_frames))
