"""Batches of raw videos of unequal length.

MMAction2 gives a video as (V, C, T, H, W), V views, a view of memory in the
order (V, T, H, W, C). A batch keeps that order, (N, V, T, H, W, C), so that
each view is copied in one piece.
"""

import math
from typing import Sequence, Tuple

import torch
from torch import Tensor
from torch.utils.data import get_worker_info

from .._checks import require, require_frame_dtype, require_shape
from . import memory
from .shared_memory import can_share, empty_shared


def check_videos(videos: Sequence[Tensor]) -> None:
    """Raise unless the videos differ in their length only.

    Raises:
        TypeError: if a video is neither uint8 nor floating point.
        ValueError: if one has no frames or another shape or type.
    """
    for i, video in enumerate(videos):
        name, shape = f'inputs[{i}]', list(video.shape)
        require_frame_dtype(name, video)
        require_clip_shape(name, video, 'VCTHW')
        first = list(videos[0].shape)
        shape[2] = first[2] = 'T'
        require(shape == first and video.dtype == videos[0].dtype,
                f'{name}.shape', f'{shape} {video.dtype}',
                f'{first} {videos[0].dtype}, as the first of the batch',
                'Only the number of frames may differ within a batch: give '
                'all videos one size with a crop or Resize, or use '
                'batch_size=1.')


def require_clip_shape(name: str, clip: Tensor, axes: str) -> None:
    """Raise ValueError unless it has these axes and at least one frame."""
    remedy = "End the pipeline with FormatShape(input_format='NCTHW')."
    require_shape(name, clip, axes, remedy)
    require(
        clip.size(axes.index('T')) > 0, f'{name}.shape', tuple(clip.shape),
        'T >= 1', remedy)


def has_batch_order(video: Tensor) -> bool:
    """Whether (V, C, T, H, W) is (V, T, H, W, C) in memory."""
    return video.permute(0, 2, 3, 4, 1).is_contiguous()


def stack(videos: Sequence[Tensor], device: torch.device) -> Tensor:
    """Copy checked videos into a batch on a device.

    On the CPU it reuses the memory of earlier batches. A worker of a data
    loader shares this memory with the main process.

    Args:
        videos: (V, C, T, H, W) each.
        device: of the batch.

    Returns:
        (N, V, C, T_max, H, W); 0 after the end of shorter videos.
    """
    views, channels, _, height, width = videos[0].shape
    longest = max(video.size(2) for video in videos)
    batch = empty_batch(
        (len(videos), views, longest, height, width, channels),
        videos[0].dtype, device)
    for row, video in zip(batch, videos):
        length = video.size(2)
        for view, frames in zip(row, video.permute(0, 2, 3, 4, 1)):
            # From pinned memory the copy does not block.
            view[:length].copy_(frames, non_blocking=True)
            view[length:].zero_()
    return batch.permute(0, 1, 5, 2, 3, 4)


def empty_batch(shape: Tuple[int, ...], dtype: torch.dtype,
                device: torch.device) -> Tensor:
    """Memory that is not set; on a CPU that of earlier batches."""
    if device.type != 'cpu':
        return torch.empty(shape, dtype=dtype, device=device)
    size = math.prod(shape) * torch.empty(0, dtype=dtype).element_size()
    if get_worker_info() is not None and can_share():
        flat = empty_shared(size)
    else:
        flat = torch.from_numpy(memory.local_pool.take(size))
    return flat.view(dtype).view(shape)
