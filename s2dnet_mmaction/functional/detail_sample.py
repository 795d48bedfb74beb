"""The detail sampler: three one-dimensional filters cut a window out.

``V_hat = G_X G_Y G_T I`` (Sec. 3.2 of the paper). Every output frame has
its own place and scale in space, so time is filtered first.
"""

from typing import Optional, Tuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .._checks import (
    require,
    require_choice,
    require_frame_dtype,
    require_int,
)
from .filters import FILTERS
from .grid import Theta, grid_positions

# Raw frames are widened to float this many numbers at a time: few enough for
# the caches of a CPU, enough to keep another device busy.
_BLOCK_NUMBERS, _BLOCK_NUMBERS_DEVICE = 1 << 21, 1 << 25


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
                  var: float = 1.0) -> Tensor:
    """Sample a space-time window of the raw frames.

    Eqs. (6)-(7) of S2DNet: ``V_hat = G_X G_Y G_T I`` with
    ``p(i) = (1 + center) (L - 1) / 2 + (i - (n - 1) / 2) stride`` and
    ``G(i, r) = exp(-(p(i) - r)^2 / (2 var)) / sum_r exp(...)``.

    Convention: see :class:`~s2dnet_mmaction.functional.Theta`. Gradients
    flow to all six parameters, and to ``frames`` if these are floating
    point and require them. uint8 frames are widened block by block, never
    as a whole. The arithmetic is float32 also under autocast.

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

    Returns:
        (B, T_D, C, H_D, W_D) float32, or float64 if the parameters are.

    Raises:
        TypeError: if a dtype is wrong.
        ValueError: if a shape, an option or a number is out of range.
    """
    theta = Theta(center_t, stride_t, center_y, stride_y, center_x, stride_x)
    _check_frames(frames, lengths)
    check_options(size, temporal, spatial, var)
    _check_theta(theta, frames.size(0), size[0])
    return sample_window(frames, lengths, theta, size, temporal, spatial, var)


def sample_window(frames: Tensor,
                  lengths: Optional[Tensor],
                  theta: Theta,
                  size: Tuple[int, int, int],
                  temporal: str = 'gaussian',
                  spatial: str = 'gaussian',
                  var: float = 1.0) -> Tensor:
    """:func:`detail_sample` without its checks (they wait for the device)."""
    with torch.autocast(frames.device.type, enabled=False):
        dtype = torch.promote_types(theta.center_t.dtype, torch.float32)
        theta = Theta(*(number.to(dtype) for number in theta))
        num_frames, height, width = frames.size(1), frames.size(
            -2), frames.size(-1)
        valid = num_frames if lengths is None else lengths

        p_t = grid_positions(theta.center_t, theta.stride_t, size[0], valid)
        p_y = grid_positions(theta.center_y, theta.stride_y, size[1], height)
        p_x = grid_positions(theta.center_x, theta.stride_x, size[2], width)
        g_t = FILTERS[temporal](p_t, num_frames, lengths, var=var)
        g_y = FILTERS[spatial](p_y, height, var=var)
        g_x = FILTERS[spatial](p_x, width, var=var)

        volume = _filter_time(g_t, frames)  # (B, T_D, C, H, W)
        volume = volume.mT @ g_y.mT.unsqueeze(2)  # (B, T_D, C, W, H_D)
        return volume.mT @ g_x.mT.unsqueeze(2)  # (B, T_D, C, H_D, W_D)


def _filter_time(weights: Tensor, frames: Tensor) -> Tensor:
    """(B, T_D, T) x (B, T, C, H, W) -> (B, T_D, C, H, W)."""
    # Flatten the pixels in the order in which they lie in memory.
    order = sorted((2, 3, 4), key=frames.stride, reverse=True)
    pixels = frames.permute(0, 1, *order).flatten(2)  # (B, T, P)
    needs_grad = torch.is_grad_enabled() and (
        weights.requires_grad or frames.requires_grad)
    # A traced graph (export, FLOPs counter) shall show the products.
    if needs_grad and not torch.jit.is_tracing():
        volume = _TimeFilter.apply(weights, pixels)
    else:
        volume = _filter_blocks(weights, pixels)
    volume = volume.unflatten(2, [frames.size(axis) for axis in order])
    restore = [2 + order.index(axis) for axis in (2, 3, 4)]
    return volume.permute(0, 1, *restore)


def _blocks(pixels: Tensor):
    """Split (B, T, P) along P into blocks of bounded size."""
    numbers = (
        _BLOCK_NUMBERS
        if pixels.device.type == 'cpu' else _BLOCK_NUMBERS_DEVICE)
    width = max(1, numbers // (pixels.size(0) * pixels.size(1)))
    return pixels.split(width, dim=-1)


def _filter_blocks(weights: Tensor, pixels: Tensor) -> Tensor:
    return torch.cat([
        torch.bmm(weights, block.to(weights.dtype))
        for block in _blocks(pixels)
    ],
                     dim=-1)


class _TimeFilter(torch.autograd.Function):
    """:func:`_filter_blocks` that keeps the uint8 frames for its backward.

    Autograd would keep the widened blocks, that is, all frames as float.
    """

    @staticmethod
    def forward(ctx, weights, pixels):
        ctx.save_for_backward(weights, pixels)
        return _filter_blocks(weights, pixels)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        weights, pixels = ctx.saved_tensors
        grad_weights = grad_pixels = None
        if ctx.needs_input_grad[0]:
            grad_weights = torch.zeros_like(weights)
            start = 0
            for block in _blocks(pixels):
                stop = start + block.size(-1)
                grad_weights.baddbmm_(grad[..., start:stop],
                                      block.to(grad.dtype).mT)
                start = stop
        if ctx.needs_input_grad[1]:
            grad_pixels = torch.bmm(weights.mT, grad).to(pixels.dtype)
        return grad_weights, grad_pixels


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
