"""How raw videos of unequal length lie in one batch.

The host hands a video out as (V, C, T, H, W), V views, a view of memory in
the order (V, T, H, W, C). A batch keeps that order, (N, V, T, H, W, C), so
that each view is copied in one piece.
"""

import math
from typing import Sequence, Tuple

import numpy as np
import torch
from torch import Tensor

from .._checks import require, require_frame_dtype


def check_videos(videos: Sequence[Tensor]) -> None:
    """Raise unless the videos differ in nothing but their length.

    Raises:
        TypeError: if a video is neither uint8 nor floating point.
        ValueError: if one has no frames or another shape or type.
    """
    for i, video in enumerate(videos):
        name = f'inputs[{i}]'
        require_frame_dtype(name, video)
        require(video.dim() == 5 and video.size(2) > 0, f'{name}.shape',
                tuple(video.shape), '(V, C, T, H, W) with T >= 1',
                "End the pipeline with FormatShape(input_format='NCTHW').")
        shape, first = list(video.shape), list(videos[0].shape)
        shape[2] = first[2] = 'T'
        require(shape == first and video.dtype == videos[0].dtype,
                f'{name}.shape', f'{shape} {video.dtype}',
                f'{first} {videos[0].dtype}, as the first of the batch',
                'Only the number of frames may differ within a batch: give '
                'all videos one size with a crop or Resize, or use '
                'batch_size=1.')


def memory_shape(videos: Sequence[Tensor]) -> Tuple[int, ...]:
    """(N, V, T_max, H, W, C) of a batch."""
    views, channels, _, height, width = videos[0].shape
    longest = max(video.size(2) for video in videos)
    return len(videos), views, longest, height, width, channels


def zeros(shape: Tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """A large tensor of zeros on the CPU.

    numpy takes zeroed memory in huge pages, which torch does not: it is
    several times faster to fill, and what nobody fills costs nothing.
    """
    size = math.prod(shape) * torch.empty(0, dtype=dtype).element_size()
    return torch.from_numpy(np.zeros(size, np.uint8)).view(dtype).view(shape)


def has_batch_order(video: Tensor) -> bool:
    """Whether (V, C, T, H, W) lies as (V, T, H, W, C) in memory."""
    return video.permute(0, 2, 3, 4, 1).is_contiguous()


def fill(memory: Tensor,
         videos: Sequence[Tensor],
         padding: bool = True) -> Tensor:
    """Copy the videos into a batch, also to another device.

    Args:
        memory: (N, V, T_max, H, W, C).
        videos: (V, C, T, H, W) each.
        padding: whether to set to 0 what lies behind the end of a video.

    Returns:
        (N, V, C, T_max, H, W), the same memory.
    """
    for row, video in zip(memory, videos):
        length = video.size(2)
        for view, frames in zip(row, video.permute(0, 2, 3, 4, 1)):
            # From pinned memory the copy runs beside what follows.
            view[:length].copy_(frames, non_blocking=True)
            if padding:
                view[length:].zero_()
    return memory.permute(0, 1, 5, 2, 3, 4)
