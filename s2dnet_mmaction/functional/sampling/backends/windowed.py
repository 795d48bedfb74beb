"""The banded sampler in plain torch: dense products over the window alone."""

from typing import Optional, Tuple

import torch
from torch import Tensor

from ..bands import half_width, reach
from ..filters import Filters
from ..grid import Theta
from .dense import apply_rows, filter_rows


def sample_torch(frames: Tensor, lengths: Optional[Tensor], theta: Theta,
                 size: Tuple[int, int, int], filters: Filters) -> Tensor:
    """V_hat (B, T_D, C, H_D, W_D); see :func:`detail_sample`.

    Each output frame is sampled separately, from the frames, rows and
    columns that its filters read. Differentiable like the reference.
    """
    (p_t, p_y, p_x), (g_t, g_y, g_x) = filter_rows(frames, lengths, theta,
                                                   size, filters)
    num_frames, _, height, width = frames.shape[1:]
    valid = num_frames if lengths is None else lengths
    half_t = half_width(filters.temporal, filters.var)
    half_s = half_width(filters.spatial, filters.var)
    reaches = (reach(p_t, p_t, valid, half_t),
               reach(p_y[..., 0], p_y[..., -1], height, half_s),
               reach(p_x[..., 0], p_x[..., -1], width, half_s))
    videos = []
    for b, axes in enumerate(zip(*(axis.tolist() for axis in reaches))):
        details = []
        for i, (t, y, x) in enumerate(zip(*axes)):
            window = frames[b:b + 1, slice(*t), :, slice(*y), slice(*x)]
            details.append(
                apply_rows(window, g_t[b:b + 1, i:i + 1, slice(*t)],
                           g_y[b:b + 1, i:i + 1, :, slice(*y)],
                           g_x[b:b + 1, i:i + 1, :, slice(*x)]))
        videos.append(torch.cat(details, dim=1))
    return torch.cat(videos)
