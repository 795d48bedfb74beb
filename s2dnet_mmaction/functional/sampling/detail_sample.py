"""The detail sampler: three one-dimensional filters sample a window."""

from typing import Optional, Tuple

import torch
from torch import Tensor

from ..._checks import (
    require,
    require_choice,
    require_frame_dtype,
    require_ints,
    require_number,
    require_shape,
)
from .backends.choice import BACKENDS, choose_backend
from .backends.dense import sample_dense
from .backends.operator import sample_compiled
from .backends.windowed import sample_torch
from .filters import FILTERS, Filters
from .grid import Theta


def detail_sample(frames: Tensor, lengths: Optional[Tensor] = None, *,
                  center_t: Tensor, stride_t: Tensor,
                  center_y: Tensor, stride_y: Tensor,
                  center_x: Tensor, stride_x: Tensor,
                  size: Tuple[int, int, int],
                  temporal: str = 'gaussian', spatial: str = 'gaussian',
                  var: float = 1.0,
                  mean: Optional[Tensor] = None, std: Optional[Tensor] = None,
                  dtype: Optional[torch.dtype] = None,
                  backend: str = 'auto') -> Tensor:
    """Sample a space-time window of the raw frames.

    Eqs. (6)-(7) of S2DNet: ``V_hat = G_X G_Y G_T I`` with
    ``p(i) = (1 + center) (L - 1) / 2 + (i - (n - 1) / 2) stride`` and
    ``G(i, r) = exp(-(p(i) - r)^2 / (2 var)) / sum_r exp(...)``. With
    ``mean`` and ``std`` the result is ``(V_hat - mean) / std``. Sampling
    normalised frames gives the same, because the rows of G sum to 1.

    Convention: see :class:`~s2dnet_mmaction.functional.Theta`. Gradients
    flow to all six parameters, and to ``frames`` if these are floating
    point and require them. uint8 frames are never converted to float as a
    whole. Under autocast, too, everything is computed in float32.

    Args:
        frames: (B, T, C, H, W) uint8 or floating point, any strides.
        lengths: (B,) integers, valid frames per video, 1 <= lengths <= T;
            frames past them do not influence the result. None: T.
        center_t: (B,) in (-1, 1).
        stride_t: (B,) > 0, input frames.
        center_y, center_x: (B, T_D) in (-1, 1).
        stride_y, stride_x: (B, T_D) > 0, input pixels.
        size: (T_D, H_D, W_D).
        temporal, spatial: ``'gaussian'`` or ``'linear'``.
        var: variance of the Gaussians, in samples squared.
        mean: (C,) of frames in their own range; None: 0.
        std: (C,); None: 1.
        dtype: of the result; None: float32, or float64 if the parameters
            are.
        backend: ``'auto'``: the fastest one for these arguments, see
            :func:`choose_backend`. ``'dense'``: matrix products over whole
            axes, the reference. ``'torch'``, ``'numba'`` (CPU) and
            ``'triton'`` (CUDA) read only samples of relevant weight; the
            others weigh less than 1.6e-8 of the row's largest weight.

    Returns:
        (B, T_D, C, H_D, W_D).

    Raises:
        TypeError: if a dtype is wrong.
        ValueError: if a shape, an option or a number is out of range.
        RuntimeError: if the backend asked for cannot run here.
    """
    theta = Theta(center_t, stride_t, center_y, stride_y, center_x, stride_x)
    filters = Filters(temporal, spatial, var)
    check_options(size, filters)
    require_choice('backend', backend, BACKENDS)
    _check_frames(frames)
    if lengths is not None:
        check_lengths(lengths, frames.size(0), frames.size(1))
    _check_theta(theta, frames.size(0), size[0])
    return sample_window(frames, lengths, theta, size, filters, mean=mean,
                         std=std, dtype=dtype, backend=backend)


def sample_window(frames: Tensor, lengths: Optional[Tensor], theta: Theta,
                  size: Tuple[int, int, int], filters: Filters = Filters(), *,
                  mean: Optional[Tensor] = None, std: Optional[Tensor] = None,
                  dtype: Optional[torch.dtype] = None,
                  backend: str = 'auto') -> Tensor:
    """:func:`detail_sample` without checks of values.

    Such checks wait for the device. The shapes of mean and std are checked,
    as the kernels read one number per channel.
    """
    for name, number in (('mean', mean), ('std', std)):
        if number is not None:
            require_shape(name, number, (frames.size(2), ),
                          'Give one number per channel.')
            require(not number.requires_grad, name,
                    'a tensor that requires a gradient', 'constants',
                    'Normalise the result instead.')
    with torch.autocast(frames.device.type, enabled=False):
        precise = torch.promote_types(theta.center_t.dtype, torch.float32)
        theta = Theta(*(number.to(precise) for number in theta))
        dtype = precise if dtype is None else dtype
        backend = choose_backend(frames, theta, backend)
        if backend in ('numba', 'triton'):
            return sample_compiled(frames, lengths, theta, size, filters,
                                   mean=mean, std=std, dtype=dtype,
                                   backend=backend)
        sample = sample_dense if backend == 'dense' else sample_torch
        volume = sample(frames, lengths, theta, size, filters)
        if mean is not None:
            volume = volume - mean.to(precise).view(-1, 1, 1)
        if std is not None:
            volume = volume / std.to(precise).view(-1, 1, 1)
        return volume.to(dtype)


def check_lengths(lengths: Tensor, batch: int, num_frames: int,
                  values: bool = True) -> None:
    """Raise TypeError / ValueError unless lengths fit (batch, num_frames).

    Args:
        values: whether to check the numbers, too. On a GPU this waits for
            the device.
    """
    require_shape('lengths', lengths, (batch, ),
                  'Pass torch.tensor([...]), one length per video.')
    require(not lengths.is_floating_point() and lengths.dtype != torch.bool,
            'lengths.dtype', lengths.dtype, 'integers',
            'Pass the number of valid frames of each video.', TypeError)
    if not values:
        return
    low, high = int(lengths.min()), int(lengths.max())
    require(low >= 1 and high <= num_frames, 'lengths',
            f'values from {low} to {high}', f'1 <= lengths <= {num_frames}',
            'A video has at least one frame and at most as many as its axis.')


def check_options(size: Tuple[int, int, int], filters: Filters) -> None:
    """Raise TypeError / ValueError unless the sampler has these options."""
    require_ints('size', size, ('T_D', 'H_D', 'W_D'),
                 'Give frames, height and width of the sampled volume.')
    require_choice('temporal', filters.temporal, FILTERS)
    require_choice('spatial', filters.spatial, FILTERS)
    require_number('var', filters.var, 0,
                   'The paper uses a variance of 1 sample squared.')


def _check_frames(frames: Tensor) -> None:
    remedy = 'Stack the videos into one tensor, with torch.stack.'
    require_shape('frames', frames, ('B', 'T', 'C', 'H', 'W'), remedy)
    require_frame_dtype('frames', frames)
    require(frames.numel() > 0, 'frames.shape', tuple(frames.shape),
            'no empty axis', remedy)


def _check_theta(theta: Theta, batch: int, num_frames: int) -> None:
    for name, number in theta._asdict().items():
        axes = (batch, ) if name.endswith('_t') else (batch, num_frames)
        require_shape(
            name, number, axes, 'Time takes one number per video, space one '
            'per video and output frame.')
        require(number.is_floating_point(), f'{name}.dtype', number.dtype,
                'a floating point type', f'Pass {name}.float().', TypeError)
        require(bool(number.isfinite().all()), name, 'NaN or infinite values',
                'finite numbers', 'Look for a diverged training run.')
        if name.startswith('stride'):
            smallest = number.min().item()
            require(
                smallest > 0, name, f'a minimum of {smallest}', 'strides > 0',
                'Strides are in input frames / pixels; exp() of a raw value '
                'is positive.')
