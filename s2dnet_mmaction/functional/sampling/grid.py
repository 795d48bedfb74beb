"""Positions of the sampling grid (Eq. 6 of the paper, 0-based)."""

from typing import Dict, NamedTuple, Tuple, Union

import torch
from torch import Tensor


class Theta(NamedTuple):
    """Location and scale of the detail: the sampler's parameters.

    Convention: centres are relative, in (-1, 1): 0 is the middle of the
    video or frame, -1 its first and +1 its last sample. Strides are
    absolute, > 0: input frames in time, input pixels in space.

    Attributes:
        center_t: (B,), one number per video.
        stride_t: (B,), input frames between two grid points.
        center_y, center_x: (B, T_D), one number per output frame.
        stride_y, stride_x: (B, T_D), input pixels between two grid points.
    """
    center_t: Tensor
    stride_t: Tensor
    center_y: Tensor
    stride_y: Tensor
    center_x: Tensor
    stride_x: Tensor


def grid_positions(center: Tensor, stride: Tensor, num_points: int,
                   length: Union[int, Tensor]) -> Tensor:
    """Positions of the grid points along one axis.

    Eq. (6): ``p(i) = (1 + center) (L - 1) / 2 + (i - (n - 1) / 2) stride``.

    Convention: a sample's centre lies at its integer index, the first at 0.
    Positions outside [0, L - 1] are legal.

    Args:
        center: (...) relative centre in (-1, 1).
        stride: (...) distance between neighbouring points, in samples.
        num_points: n.
        length: L, an int or a tensor that broadcasts with ``center``.

    Returns:
        (..., n) positions in samples.
    """
    middle = (1 + center) * (length - 1) / 2
    steps = torch.arange(num_points, device=center.device,
                         dtype=center.dtype) - (num_points - 1) / 2
    return middle.unsqueeze(-1) + steps * stride.unsqueeze(-1)


def in_float64(theta: Theta) -> Theta:
    """Theta in float64, except on MPS, which does not support it.

    Positions in float32 would be off by 1e-5 samples. At a step from 0 to
    255 that changes the result by more than 1e-3.
    """
    if theta.center_t.device.type == 'mps':
        return theta
    return Theta(*(number.double() for number in theta))


def all_positions(theta: Theta, size: Tuple[int, int, int],
                  extent: Tuple[Union[int, Tensor], int, int]
                  ) -> Tuple[Tensor, Tensor, Tensor]:
    """Positions along all axes, see :func:`in_float64`.

    Args:
        size: (T_D, H_D, W_D).
        extent: frames (an int or (B,)), height and width.

    Returns:
        (B, T_D), (B, T_D, H_D) and (B, T_D, W_D).
    """
    theta = in_float64(theta)
    return (grid_positions(theta.center_t, theta.stride_t, size[0], extent[0]),
            grid_positions(theta.center_y, theta.stride_y, size[1], extent[1]),
            grid_positions(theta.center_x, theta.stride_x, size[2], extent[2]))


def window_boxes(theta: Theta, size: Tuple[int, int, int],
                 frame_size: Tuple[int, int]) -> Tensor:
    """Edges of the window of each output frame.

    A window of n points covers n strides: it extends half a stride beyond
    its outermost grid points.

    Args:
        size: (T_D, H_D, W_D) of the sampled volume.
        frame_size: (H, W) of the input frames, in pixels.

    Returns:
        (B, T_D, 4) as (x1, y1, x2, y2) in input pixels. The centre of the
        first pixel is 0, so the frame itself spans -0.5 to W - 0.5.
    """
    y = grid_positions(theta.center_y, theta.stride_y, 1, frame_size[0])
    x = grid_positions(theta.center_x, theta.stride_x, 1, frame_size[1])
    y, x = y.squeeze(-1), x.squeeze(-1)  # (B, T_D)
    half_y, half_x = size[1] * theta.stride_y / 2, size[2] * theta.stride_x / 2
    return torch.stack([x - half_x, y - half_y, x + half_x, y + half_y], -1)


def describe_grid(theta: Theta, lengths: Tensor, size: Tuple[int, int, int],
                  frame_size: Tuple[int, int]) -> Dict[str, Tensor]:
    """Theta and the resulting positions and boxes, as CPU tensors.

    Args:
        lengths: (B,) valid frames of each video.
        size: (T_D, H_D, W_D) of the sampled volume.
        frame_size: (H, W) of the input frames, in pixels.

    Returns:
        theta's six numbers by name, ``num_frames`` (B,), ``frame_size``
        (B, 2), ``frame_positions`` (B, T_D) in input frames, and ``boxes``
        (B, T_D, 4) as (x1, y1, x2, y2), see :func:`window_boxes`.
    """
    theta = Theta(*(number.detach().float().cpu() for number in theta))
    rows = theta.center_t.size(0)
    grid = theta._asdict()
    grid['num_frames'] = lengths.cpu()
    grid['frame_size'] = torch.tensor(frame_size).expand(rows, 2)
    grid['frame_positions'] = grid_positions(theta.center_t, theta.stride_t,
                                             size[0], grid['num_frames'])
    grid['boxes'] = window_boxes(theta, size, frame_size)
    return grid
