"""The compiled samplers as operators of torch.

An operator is opaque: torch.compile puts it into its graph as one call, with
no graph break around it.

It runs ``sample_forward`` and ``sample_backward`` of ``cpu/launch`` or
``gpu/launch``, which take the arguments of :func:`detail_sample` unchecked:
lengths (B,) int64; theta float32; mean and std (C,) float32; dtype of the
result; grad (B, T_D, C, H_D, W_D), the gradient of the normalised result.
"""

from typing import Optional, Tuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..filters import Filters
from ..grid import Theta
from .choice import load_kernels
from .layout import empty_volume

# theta holds the six tensors of Theta, in their order.
_ARGUMENTS = ('Tensor frames, Tensor lengths, Tensor[] theta, int[] size, '
              'str temporal, str spatial, float var')
_library = torch.library.Library('s2dnet', 'DEF')
_library.define(f'sample({_ARGUMENTS}, Tensor mean, Tensor std, '
                'ScalarType dtype, str backend) -> Tensor')
_library.define(f'sample_backward(Tensor grad, {_ARGUMENTS}, Tensor std, '
                'str backend) -> Tensor[]')


def sample_compiled(frames: Tensor, lengths: Optional[Tensor], theta: Theta,
                    size: Tuple[int, int, int], filters: Filters, *,
                    mean: Optional[Tensor], std: Optional[Tensor],
                    dtype: torch.dtype, backend: str) -> Tensor:
    """``(V_hat - mean) / std`` by ``'numba'`` or ``'triton'``.

    See :func:`detail_sample`; gradients flow to theta only.
    """
    batch, num_frames, channels = frames.shape[:3]
    device = frames.device
    if lengths is None:
        lengths = torch.full((batch, ), num_frames, device=device)
    if mean is None:
        mean = torch.zeros(channels, device=device)
    if std is None:
        std = torch.ones(channels, device=device)
    lengths = lengths.to(device, torch.int64)
    options = (list(size), *filters)
    others = (mean.to(device, torch.float32), std.to(device, torch.float32),
              dtype, backend)
    if torch.is_grad_enabled() and any(n.requires_grad for n in theta):
        return _Sample.apply(frames, lengths, options, *others, *theta)
    return torch.ops.s2dnet.sample(frames, lengths, theta, *options, *others)


class _Sample(torch.autograd.Function):
    """Saves only its arguments for the backward."""

    @staticmethod
    def forward(ctx, frames, lengths, options, mean, std, dtype, backend,
                *theta):
        ctx.save_for_backward(frames, lengths, std, *theta)
        ctx.options, ctx.backend = options, backend
        return torch.ops.s2dnet.sample(frames, lengths, theta, *options, mean,
                                       std, dtype, backend)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        frames, lengths, std, *theta = ctx.saved_tensors
        grads = torch.ops.s2dnet.sample_backward(grad, frames, lengths, theta,
                                                 *ctx.options, std,
                                                 ctx.backend)
        return (*[None] * 7, *grads)


@torch.library.impl(_library, 'sample', 'CompositeExplicitAutograd')
def _sample(frames, lengths, theta, size, temporal, spatial, var, mean, std,
            dtype, backend):
    return load_kernels(backend).sample_forward(
        frames, lengths, Theta(*theta), tuple(size),
        Filters(temporal, spatial, var), mean=mean, std=std, dtype=dtype)


@torch.library.impl(_library, 'sample_backward', 'CompositeExplicitAutograd')
def _sample_backward(grad, frames, lengths, theta, size, temporal, spatial,
                     var, std, backend):
    grads = load_kernels(backend).sample_backward(
        grad, frames, lengths, Theta(*theta), tuple(size),
        Filters(temporal, spatial, var), std=std)
    return list(grads)


@torch.library.impl(_library, 'sample', 'Meta')
def _sample_shape(frames, lengths, theta, size, temporal, spatial, var, mean,
                  std, dtype, backend):
    """Shape and strides of :func:`_sample`, for torch.compile."""
    if backend == 'numba':
        return empty_volume(frames, size, dtype)
    return frames.new_empty((frames.size(0), size[0], frames.size(2),
                             *size[1:]), dtype=dtype)


@torch.library.impl(_library, 'sample_backward', 'Meta')
def _sample_backward_shape(grad, frames, lengths, theta, *options):
    return [
        torch.empty_like(number, memory_format=torch.contiguous_format)
        for number in theta
    ]
