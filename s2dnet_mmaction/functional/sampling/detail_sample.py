"""The detail sampler: three one-dimensional filters cut a window out."""

from typing import Optional, Tuple

import torch
from torch import Tensor

from ..._checks import (
    require,
    require_choice,
    require_frame_dtype,
    require_int,
)
from .backends.choice import BACKENDS, choose_backend
from .backends.dense import sample_dense
from .backends.operator import sample_compiled
from .backends.windowed import sample_torch
from .filters import FILTERS
from .grid import Theta


def detail_sample(frames: Tensor,
                  lengths: Optional[Tensor] = None,
                  *,
                  center_t: Tensor,
                  stride_t: Tensor,
                  center_y: Tensor,
                  stride_y: Tensor,
                  center_x: Tensor,
                  stride_x: Tensor,
                  size: Tuple[int, int, int],
                  temporal: str = 'gaussian',
                  spatial: str = 'gaussian',
                  var: float = 1.0,
                  mean: Optional[Tensor] = None,
                  std: Optional[Tensor] = None,
                  dtype: Optional[torch.dtype] = None,
                  backend: str = 'auto') -> Tensor:
    """Sample a space-time window of the raw frames.

    Eqs. (6)-(7) of S2DNet: ``V_hat = G_X G_Y G_T I`` with
    ``p(i) = (1 + center) (L - 1) / 2 + (i - (n - 1) / 2) stride`` and
    ``G(i, r) = exp(-(p(i) - r)^2 / (2 var)) / sum_r exp(...)``. With
    ``mean`` and ``std`` the result is ``(V_hat - mean) / std``, which is
    what normalised frames would have given: rows sum to 1.

    Convention: see :class:`~s2dnet_mmaction.functional.Theta`. Gradients
    flow to all six parameters, and to ``frames`` if these are floating
    point and require them. uint8 frames are never widened as a whole. The
    arithmetic is float32 also under autocast.

    Args:
        frames: (B, T, C, H, W) uint8 or floating point, any strides.
        lengths: (B,) integers, valid frames per video, 1 <= lengths <= T;
            what lies past them does not influence the result. None: T.
        center_t: (B,) in (-1, 1).
        stride_t: (B,) > 0, input frames.
        center_y: (B, T_D) in (-1, 1).
        stride_y: (B, T_D) > 0, input pixels.
        center_x: (B, T_D) in (-1, 1).
        stride_x: (B, T_D) > 0, input pixels.
        size: (T_D, H_D, W_D).
        temporal: ``'gaussian'`` or ``'linear'``.
        spatial: ``'gaussian'`` or ``'linear'``.
        var: variance of the Gaussians, in samples squared.
        mean: (C,) of frames in their own range; None: 0.
        std: (C,); None: 1.
        dtype: of the result; None: float32, or float64 if the parameters
            are.
        backend: ``'auto'``: the fastest that can do it, see
            :func:`choose_backend`. ``'dense'``: matrix products over whole
            axes, the reference. ``'torch'``, ``'numba'`` (CPU) and
            ``'triton'`` (CUDA): only what carries weight is read; the rest
            of a row weighs less than 1.6e-8 of its largest weight.

    Returns:
        (B, T_D, C, H_D, W_D).

    Raises:
        TypeError: if a dtype is wrong.
        ValueError: if a shape, an option or a number is out of range.
        RuntimeError: if the backend asked for cannot run here.
    """
    theta = Theta(center_t, stride_t, center_y, stride_y, center_x, stride_x)
    _check_frames(frames, lengths)
    check_options(size, temporal, spatial, var)
    require_choice('backend', backend, BACKENDS)
    _check_theta(theta, frames.size(0), size[0])
    return sample_window(frames, lengths, theta, size, temporal, spatial, var,
                         mean, std, dtype, backend)


def sample_window(frames: Tensor,
                  lengths: Optional[Tensor],
                  theta: Theta,
                  size: Tuple[int, int, int],
                  temporal: str = 'gaussian',
                  spatial: str = 'gaussian',
                  var: float = 1.0,
                  mean: Optional[Tensor] = None,
                  std: Optional[Tensor] = None,
                  dtype: Optional[torch.dtype] = None,
                  backend: str = 'auto') -> Tensor:
    """:func:`detail_sample` without its checks (they wait for the device).

    What follows from shapes is checked: kernels read as many numbers.
    """
    for name, number in (('mean', mean), ('std', std)):
        require(
            number is None or tuple(number.shape) == (frames.size(2), ), name,
            None if number is None else tuple(number.shape),
            f'({frames.size(2)},)', 'Give one number per channel.')
        require(
            number is None or not number.requires_grad, name,
            'a tensor that requires a gradient', 'constants',
            'Normalise the result instead.')
    with torch.autocast(frames.device.type, enabled=False):
        precise = torch.promote_types(theta.center_t.dtype, torch.float32)
        theta = Theta(*(number.to(precise) for number in theta))
        dtype = precise if dtype is None else dtype
        backend = choose_backend(frames, theta, backend)
        if backend in ('numba', 'triton'):
            return sample_compiled(frames, lengths, theta, size, temporal,
                                   spatial, var, mean, std, dtype, backend)
        sample = sample_dense if backend == 'dense' else sample_torch
        volume = sample(frames, lengths, theta, size, temporal, spatial, var)
        if mean is not None:
            volume = volume - mean.to(precise).view(-1, 1, 1)
        if std is not None:
            volume = volume / std.to(precise).view(-1, 1, 1)
        return volume.to(dtype)


def _check_frames(frames: Tensor, lengths: Optional[Tensor]) -> None:
    require(
        isinstance(frames, Tensor), 'frames',
        type(frames).__name__, 'a torch.Tensor (B, T, C, H, W)',
        'Convert the frames with torch.from_numpy or torch.stack.', TypeError)
    require_frame_dtype('frames', frames)
    require(frames.dim() == 5 and frames.numel() > 0, 'frames.shape',
            tuple(frames.shape), '(B, T, C, H, W) with no empty axis',
            'Stack the videos into one five-dimensional tensor.')
    if lengths is not None:
        check_lengths(lengths, frames.size(0), frames.size(1))


def check_lengths(lengths: Tensor,
                  batch: int,
                  num_frames: int,
                  values: bool = True) -> None:
    """Raise TypeError / ValueError unless lengths fit (batch, num_frames).

    Args:
        values: whether to look at the numbers, which on another device than
            the CPU waits for it.
    """
    require(
        isinstance(lengths, Tensor) and not lengths.is_floating_point()
        and lengths.dtype != torch.bool, 'lengths',
        getattr(lengths, 'dtype',
                type(lengths).__name__), 'an integer tensor (B,)',
        'Pass torch.tensor([...]) with the valid frames of each video.',
        TypeError)
    require(
        tuple(lengths.shape) == (batch, ), 'lengths.shape',
        tuple(lengths.shape), f'({batch},)', 'Give one length per video.')
    if not values:
        return
    low, high = int(lengths.min()), int(lengths.max())
    require(low >= 1 and high <= num_frames, 'lengths',
            f'values from {low} to {high}', f'1 <= lengths <= {num_frames}',
            'A video has at least one frame and at most as many as its axis.')


def check_options(size, temporal, spatial, var) -> None:
    """Raise TypeError / ValueError unless the sampler has these options."""
    require(
        isinstance(size, (tuple, list)) and len(size) == 3, 'size',
        repr(size), 'three ints (T_D, H_D, W_D)',
        'Give frames, height and width of the sampled volume.')
    for name, number in zip(('size[0]', 'size[1]', 'size[2]'), size):
        require_int(name, number)
    require_choice('temporal', temporal, FILTERS)
    require_choice('spatial', spatial, FILTERS)
    is_number = isinstance(var, (int, float)) and not isinstance(var, bool)
    require(is_number, 'var', repr(var), 'a number',
            'The paper uses a variance of 1 sample squared.', TypeError)
    require(var > 0, 'var', var, 'a number > 0',
            'The paper uses a variance of 1 sample squared.')


def _check_theta(theta: Theta, batch: int, num_frames: int) -> None:
    for name, number in zip(theta._fields, theta):
        shape = (batch, ) if name.endswith('_t') else (batch, num_frames)
        require(
            isinstance(number, Tensor) and number.is_floating_point(), name,
            getattr(number, 'dtype',
                    type(number).__name__), 'a floating point tensor',
            f'Pass {name} as a float tensor of shape {shape}.', TypeError)
        require(
            tuple(number.shape) == shape, f'{name}.shape',
            tuple(number.shape), shape,
            'Time takes one number per video, space one per video and output '
            'frame.')
        require(
            bool(number.isfinite().all()), name, 'NaN or infinite values',
            'finite numbers', 'Look for a diverged training run.')
        if name.startswith('stride'):
            smallest = number.min().item()
            require(smallest > 0, name, f'a minimum of {smallest}',
                    'strides > 0',
                    'Strides are in input frames / pixels; exp() of a raw '
                    'value is positive.')
