"""The compiled samplers as operators of torch.

An operator is opaque: torch.compile keeps it whole in its graph, with no
break around it.
"""

from typing import Optional, Tuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..grid import Theta
from .choice import load_kernels
from .layout import empty_volume

_NUMBERS = ', '.join(f'Tensor {name}' for name in Theta._fields)
_OPTIONS = 'int[] size, str temporal, str spatial, float var'
_library = torch.library.Library('s2dnet', 'DEF')
_library.define(f'sample(Tensor frames, Tensor lengths, {_NUMBERS}, '
                f'{_OPTIONS}, Tensor mean, Tensor std, ScalarType dtype, '
                'str backend) -> Tensor')
_library.define(f'sample_backward(Tensor grad, Tensor frames, Tensor lengths, '
                f'{_NUMBERS}, {_OPTIONS}, Tensor std, str backend) -> '
                '(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor)')


def sample_compiled(frames: Tensor, lengths: Optional[Tensor], theta: Theta,
                    size: Tuple[int, int, int], temporal: str, spatial: str,
                    var: float, mean: Optional[Tensor],
                    std: Optional[Tensor], dtype: torch.dtype,
                    backend: str) -> Tensor:
    """``(V_hat - mean) / std`` by ``'numba'`` or ``'triton'``.

    See :func:`detail_sample`; gradients flow to theta alone.
    """
    batch, num_frames, channels = frames.shape[:3]
    device = frames.device
    if lengths is None:
        lengths = torch.full((batch, ), num_frames, device=device)
    if mean is None:
        mean = torch.zeros(channels, device=device)
    if std is None:
        std = torch.ones(channels, device=device)
    arguments = (frames, lengths.to(device, torch.int64), *theta, list(size),
                 temporal, spatial, float(var), mean.to(device, torch.float32),
                 std.to(device, torch.float32), dtype, backend)
    if torch.is_grad_enabled() and any(n.requires_grad for n in theta):
        return _Sample.apply(*arguments)
    return torch.ops.s2dnet.sample(*arguments)


class _Sample(torch.autograd.Function):
    """Keeps nothing but its arguments for the backward."""

    @staticmethod
    def forward(ctx, frames, lengths, center_t, stride_t, center_y, stride_y,
                center_x, stride_x, size, temporal, spatial, var, mean, std,
                dtype, backend):
        theta = (center_t, stride_t, center_y, stride_y, center_x, stride_x)
        ctx.save_for_backward(frames, lengths, *theta, std)
        ctx.options = size, temporal, spatial, var
        ctx.backend = backend
        return torch.ops.s2dnet.sample(frames, lengths, *theta, *ctx.options,
                                       mean, std, dtype, backend)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        *tensors, std = ctx.saved_tensors
        grads = torch.ops.s2dnet.sample_backward(grad, *tensors, *ctx.options,
                                                 std, ctx.backend)
        return (None, None, *grads, *[None] * 8)


@torch.library.impl(_library, 'sample', 'CompositeExplicitAutograd')
def _sample(frames, lengths, center_t, stride_t, center_y, stride_y, center_x,
            stride_x, size, temporal, spatial, var, mean, std, dtype, backend):
    theta = Theta(center_t, stride_t, center_y, stride_y, center_x, stride_x)
    return load_kernels(backend).sample_forward(frames, lengths, theta,
                                                tuple(size), temporal, spatial,
                                                var, mean, std, dtype)


@torch.library.impl(_library, 'sample_backward', 'CompositeExplicitAutograd')
def _sample_backward(grad, frames, lengths, center_t, stride_t, center_y,
                     stride_y, center_x, stride_x, size, temporal, spatial,
                     var, std, backend):
    theta = Theta(center_t, stride_t, center_y, stride_y, center_x, stride_x)
    return tuple(
        load_kernels(backend).sample_backward(grad, frames, lengths, theta,
                                              tuple(size), temporal, spatial,
                                              var, std))


@torch.library.impl(_library, 'sample', 'Meta')
def _sample_shape(frames, lengths, center_t, stride_t, center_y, stride_y,
                  center_x, stride_x, size, temporal, spatial, var, mean, std,
                  dtype, backend):
    """Shape and strides of :func:`_sample`, for torch.compile."""
    if backend == 'numba':
        return empty_volume(frames, size, dtype)
    return frames.new_empty((frames.size(0), size[0], frames.size(2),
                             *size[1:]), dtype=dtype)


@torch.library.impl(_library, 'sample_backward', 'Meta')
def _sample_backward_shape(grad, frames, lengths, center_t, stride_t, center_y,
                           stride_y, center_x, stride_x, size, temporal,
                           spatial, var, std, backend):
    theta = (center_t, stride_t, center_y, stride_y, center_x, stride_x)
    return tuple(
        torch.empty_like(number, memory_format=torch.contiguous_format)
        for number in theta)
