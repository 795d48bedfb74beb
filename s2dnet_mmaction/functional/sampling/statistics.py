"""Statistics of the sampling parameters over some videos."""

from typing import Dict, Sequence, Tuple, Union

import torch
from torch import Tensor

from ..._checks import require
from .grid import Theta, all_positions, in_float64

AXES = ('t', 'y', 'x')
SATURATED = 0.95  # |centre| where the slope of tanh is 10 % of its largest
# Rounding makes equal centres in [-1, 1] deviate by less than this.
_LEAST_DEVIATION = 1e-6


def video_centers(theta: Theta) -> Tensor:
    """(B, 3) relative centres along t, y, x; in space means over T_D."""
    return torch.stack([
        theta.center_t,
        theta.center_y.mean(dim=1),
        theta.center_x.mean(dim=1)
    ], dim=1)


def sampling_statistics(theta: Theta, lengths: Tensor,
                        frame_size: Union[Sequence[int], Tensor],
                        size: Tuple[int, int, int]) -> Dict[str, Tensor]:
    """Location and scale of the windows, and the share of them off the video.

    - ``center_t_mean``, ``center_t_std``, likewise of y and x and of
      ``stride_*``: mean and population deviation over the videos. In space,
      each video counts with the mean over its T_D frames.
    - ``saturated_t``, ``saturated_yx``: share of the centres with
      ``|centre| > SATURATED``.
    - ``off_video``: share of the T_D grid points outside of [0, L - 1].
    - ``off_frame``: share of the H_D W_D grid points of a sampled frame
      outside of [0, H - 1] or [0, W - 1].

    Args:
        lengths: (B,) valid frames.
        frame_size: (H, W) of all videos, or a (B, 2) tensor.
        size: (T_D, H_D, W_D) of the sampled volume.

    Returns:
        tensors without dimensions; float64 where the device supports it.

    Raises:
        ValueError: if theta, lengths and size do not fit each other.
    """
    batch, num_frames = theta.center_y.shape
    require(
        theta.center_t.shape == lengths.shape == (batch, )
        and num_frames == size[0], 'theta',
        f'{batch} videos of {num_frames} frames',
        f'{tuple(lengths.shape)} videos, as lengths, of {size[0]} frames, '
        'as size', 'Pass lengths and size of the sampler that made theta.')
    theta = in_float64(theta)
    numbers = {}
    for name, value in theta._asdict().items():
        value = value.reshape(batch, -1).mean(dim=1)  # (B,)
        numbers[f'{name}_mean'] = value.mean()
        numbers[f'{name}_std'] = value.std(correction=0)
    space = torch.stack([theta.center_y, theta.center_x])
    numbers['saturated_t'] = _share(theta.center_t.abs() > SATURATED)
    numbers['saturated_yx'] = _share(space.abs() > SATURATED)

    height, width = frame_size.t().unsqueeze(-1) if isinstance(
        frame_size, Tensor) else frame_size  # a tensor: (B, 1) each
    t, y, x = all_positions(theta, size, (lengths, height, width))
    numbers['off_video'] = 1 - _inside(t, lengths).mean()
    rows, columns = (
        _inside(y, height).mean(dim=-1), _inside(x, width).mean(dim=-1))
    numbers['off_frame'] = 1 - (rows * columns).mean()  # of (B, T_D)
    return numbers


def correlation(first: Tensor, second: Tensor) -> Tensor:
    """Pearson's correlation over the first dimension.

    Defined as 0 where one of the two is constant, such as a frozen centre.
    NaN where a number is not finite.

    Args:
        first: (n, ...) numbers of magnitude about 1.
        second: the same.

    Returns:
        (...) in [-1, 1], float64.
    """
    first, second = first.double(), second.double()
    deviations = first.std(0, correction=0), second.std(0, correction=0)
    covariance = ((first - first.mean(0)) * (second - second.mean(0))).mean(0)
    result = covariance / (deviations[0] * deviations[1])
    # The minimum of NaN and a constant's deviation is NaN, so NaN shows.
    constant = torch.minimum(*deviations) <= _LEAST_DEVIATION
    return result.clamp(-1, 1).masked_fill(constant, 0)  # rounding exceeds 1


def _share(holds: Tensor) -> Tensor:
    return holds.to(torch.get_default_dtype()).mean()


def _inside(points: Tensor, length: Union[int, Tensor]) -> Tensor:
    """1 where a point of (..., n) lies in [0, L - 1], L int or (...)."""
    last = (length[..., None] if isinstance(length, Tensor) else length) - 1
    return ((points >= 0) & (points <= last)).to(points.dtype)
