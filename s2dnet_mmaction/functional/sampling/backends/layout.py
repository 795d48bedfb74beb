"""Memory layout of frames and sampled volumes."""

from typing import Tuple

import torch
from torch import Tensor


def channels_lie_last(frames: Tensor) -> bool:
    """Whether (..., C, H, W) frames are stored as (..., H, W, C).

    Then the channels of a pixel, and the pixels of a row, are neighbours.
    """
    return frames.stride(-3) == 1 and frames.stride(-1) == frames.size(-3)


def empty_volume(frames: Tensor, size: Tuple[int, int, int],
                 dtype: torch.dtype) -> Tensor:
    """(B, T_D, C, H_D, W_D) on the device of ``frames``.

    Contiguous, or stored with channels last if ``frames`` are.
    """
    batch, _, channels = frames.shape[:3]
    if not channels_lie_last(frames):
        return frames.new_empty((batch, size[0], channels, *size[1:]),
                                dtype=dtype)
    return frames.new_empty((batch, *size, channels),
                            dtype=dtype).permute(0, 1, 4, 2, 3)
