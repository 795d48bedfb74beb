"""What the sampling parameters of some videos are like, in a few numbers."""

from typing import Dict, Sequence, Tuple, Union

import torch
from torch import Tensor

from ..._checks import require
from .grid import Theta, all_positions

AXES = ('t', 'y', 'x')
SATURATED = 0.95  # of |centre|: tanh has lost 90 % of its slope
# What rounding leaves of numbers that are the same, of centres in [-1, 1]
_LEAST_DEVIATION = 1e-6


def video_centers(theta: Theta) -> Tensor:
    """One centre per video: in space the mean over its T_D frames.

    Args:
        theta: see :class:`Theta`.

    Returns:
        (B, 3) relative centres along t, y, x.
    """
    return torch.stack([
        theta.center_t,
        theta.center_y.mean(dim=1),
        theta.center_x.mean(dim=1)
    ], dim=1)


def video_strides(theta: Theta) -> Tensor:
    """One stride per video: in space the mean over its T_D frames.

    Args:
        theta: see :class:`Theta`.

    Returns:
        (B, 3) strides along t (input frames), y and x (input pixels).
    """
    return torch.stack([
        theta.stride_t,
        theta.stride_y.mean(dim=1),
        theta.stride_x.mean(dim=1)
    ], dim=1)


def sampling_statistics(theta: Theta, lengths: Tensor,
                        frame_size: Union[Sequence[int], Tensor],
                        size: Tuple[int, int, int]) -> Dict[str, Tensor]:
    """Where the windows of some videos lie, and how much of them is empty.

    ``center_t_mean``, ``center_t_std``, also of y and x, and the same of
    ``stride_*``: mean and (population) deviation over the videos; in space
    of the mean over a video's T_D frames. ``saturated_t``,
    ``saturated_yx``: share of the centres with ``|centre| > SATURATED``.
    ``off_video``: share of the T_D grid points that lie outside of
    [0, L - 1]. ``off_frame``: share of the H_D W_D grid points of a sampled
    frame that lie outside of [0, H - 1] or [0, W - 1].

    Args:
        theta: of B videos, see :class:`Theta`.
        lengths: (B,) valid frames.
        frame_size: (H, W) of all videos, or a (B, 2) tensor.
        size: (T_D, H_D, W_D) of the sampled volume.

    Returns:
        tensors without dimensions; float64 where the device has it.

    Raises:
        ValueError: if theta, lengths and size are not of the same videos.
    """
    batch, num_frames = theta.center_y.shape
    require(
        theta.center_t.shape == lengths.shape == (batch, )
        and num_frames == size[0], 'theta',
        f'{batch} videos of {num_frames} frames',
        f'{tuple(lengths.shape)} videos, as lengths, of {size[0]} frames, '
        'as size', 'Pass lengths and size of the sampler that made theta.')
    if theta.center_t.device.type != 'mps':  # which has no float64
        theta = Theta(*(number.double() for number in theta))
    numbers = {}
    for name, values in (('center', video_centers(theta)),
                         ('stride', video_strides(theta))):
        for axis, value in zip(AXES, values.unbind(1)):
            numbers[f'{name}_{axis}_mean'] = value.mean()
            numbers[f'{name}_{axis}_std'] = value.std(correction=0)
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

    Defined as 0 where one of the two does not vary: a frozen centre knows
    nothing of what it is compared with. NaN where a number is not finite.

    Args:
        first: (n, ...) numbers of the order of 1.
        second: the same.

    Returns:
        (...) in [-1, 1], float64.
    """
    first, second = first.double(), second.double()
    deviations = first.std(0, correction=0), second.std(0, correction=0)
    covariance = ((first - first.mean(0)) * (second - second.mean(0))).mean(0)
    # What is not finite is no constant, whatever it is compared with.
    constant = (deviations[0] <= _LEAST_DEVIATION) | (
        deviations[1] <= _LEAST_DEVIATION)
    varies = ~(constant & covariance.isfinite())
    product = (deviations[0] * deviations[1]).where(
        varies, torch.ones_like(covariance))
    result = (covariance / product).clamp(-1, 1)  # short of rounding
    return result.where(varies, torch.zeros_like(result))


def _share(holds: Tensor) -> Tensor:
    return holds.to(torch.get_default_dtype()).mean()


def _inside(points: Tensor, length: Union[int, Tensor]) -> Tensor:
    """1 where a point of (..., n) lies in [0, L - 1], L int or (...)."""
    last = (length[..., None] if isinstance(length, Tensor) else length) - 1
    return ((points >= 0) & (points <= last)).to(points.dtype)
