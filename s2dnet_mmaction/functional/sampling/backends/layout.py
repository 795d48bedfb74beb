"""How frames and sampled volumes lie in memory."""

from typing import Tuple

import torch
from torch import Tensor


def channels_lie_last(frames: Tensor) -> bool:
    """Whether the channels of a pixel, and the pixels of a row, are next to
    each other: (..., C, H, W) seen through a permutation of (..., H, W, C).
    """
    return frames.stride(-3) == 1 and frames.stride(-1) == frames.size(-3)


def empty_volume(frames: Tensor, size: Tuple[int, int, int],
                 dtype: torch.dtype) -> Tensor:
    """(B, T_D, C, H_D, W_D), on the device of ``frames`` and laid out alike:
    contiguous, or with channels last in memory if they are so in
    ``frames``."""
    batch, _, channels = frames.shape[:3]
    if not channels_lie_last(frames):
        return frames.new_empty((batch, size[0], channels, *size[1:]),
                                dtype=dtype)
    return frames.new_empty((batch, *size, channels),
                            dtype=dtype).permute(0, 1, 4, 2, 3)
