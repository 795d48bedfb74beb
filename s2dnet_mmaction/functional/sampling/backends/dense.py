"""The sampler as dense matrix products: the readable reference.

``V_hat = G_X G_Y G_T I`` (Sec. 3.2 of the paper). Every output frame has
its own location and scale in space, so time is filtered first.
"""

from typing import Optional, Tuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ...._compat import is_exporting
from ..filters import FILTERS, Filters
from ..grid import Theta, all_positions

# Raw frames are converted to float in blocks of this many numbers: few enough
# for the caches of a CPU, enough to keep another device busy.
_BLOCK_NUMBERS, _BLOCK_NUMBERS_DEVICE = 1 << 21, 1 << 25


def filter_rows(frames: Tensor, lengths: Optional[Tensor], theta: Theta,
                size: Tuple[int, int, int],
                filters: Filters) -> Tuple[Tuple[Tensor, Tensor, Tensor], ...]:
    """Positions and filter rows along the three axes.

    Returns:
        p_t, p_y and p_x as from :func:`all_positions`; G_T (B, T_D, T),
        G_Y (B, T_D, H_D, H) and G_X (B, T_D, W_D, W).
    """
    num_frames, _, height, width = frames.shape[1:]
    valid = num_frames if lengths is None else lengths
    positions = all_positions(theta, size, (valid, height, width))
    p_t, p_y, p_x = positions
    temporal, spatial = FILTERS[filters.temporal], FILTERS[filters.spatial]
    options = dict(var=filters.var, dtype=theta.center_t.dtype)
    return positions, (temporal(p_t, num_frames, lengths, **options),
                       spatial(p_y, height, **options),
                       spatial(p_x, width, **options))


def sample_dense(frames: Tensor, lengths: Optional[Tensor], theta: Theta,
                 size: Tuple[int, int, int], filters: Filters) -> Tensor:
    """V_hat (B, T_D, C, H_D, W_D); see :func:`detail_sample`."""
    _, rows = filter_rows(frames, lengths, theta, size, filters)
    return apply_rows(frames, *rows)


def apply_rows(frames: Tensor, g_t: Tensor, g_y: Tensor,
               g_x: Tensor) -> Tensor:
    """G_X G_Y G_T I; see :func:`filter_rows` for the shapes."""
    volume = _filter_time(g_t, frames)  # (B, T_D, C, H, W)
    volume = volume.mT @ g_y.mT.unsqueeze(2)  # (B, T_D, C, W, H_D)
    return volume.mT @ g_x.mT.unsqueeze(2)  # (B, T_D, C, H_D, W_D)


def _filter_time(weights: Tensor, frames: Tensor) -> Tensor:
    """(B, T_D, T) x (B, T, C, H, W) -> (B, T_D, C, H, W)."""
    # Flatten the pixels in their order in memory.
    order = sorted((2, 3, 4), key=frames.stride, reverse=True)
    pixels = frames.permute(0, 1, *order).flatten(2)  # (B, T, P)
    needs_grad = torch.is_grad_enabled() and (
        weights.requires_grad or frames.requires_grad)
    # The products must be visible in a traced graph (export, FLOPs counter).
    if needs_grad and not (torch.jit.is_tracing() or is_exporting()):
        volume = _TimeFilter.apply(weights, pixels)
    else:
        volume = _filter_blocks(weights, pixels)
    volume = volume.unflatten(2, [frames.size(axis) for axis in order])
    restore = [2 + order.index(axis) for axis in (2, 3, 4)]
    return volume.permute(0, 1, *restore)


def _blocks(pixels: Tensor):
    """Split (B, T, P) along P into blocks of bounded size."""
    if is_exporting():  # the number of blocks would fix B and T
        return (pixels, )
    numbers = (
        _BLOCK_NUMBERS
        if pixels.device.type == 'cpu' else _BLOCK_NUMBERS_DEVICE)
    width = max(1, numbers // (pixels.size(0) * pixels.size(1)))
    return pixels.split(width, dim=-1)


def _filter_blocks(weights: Tensor, pixels: Tensor) -> Tensor:
    products = [
        torch.bmm(weights, block.to(weights.dtype))
        for block in _blocks(pixels)
    ]
    return torch.cat(products, dim=-1)


class _TimeFilter(torch.autograd.Function):
    """:func:`_filter_blocks` that saves the uint8 frames for its backward.

    Autograd would save the converted blocks, that is, all frames as float.
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
