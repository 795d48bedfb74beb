"""Gradient normalisation of the detail sampler (supplement, Sec. 2)."""

from typing import Optional, Sequence, Tuple

import torch
from torch import Tensor

GRAD_NORMS = (None, 'batch', 'video')


def normalise_gradient(volume: Tensor, per: Optional[str] = 'batch',
                       idle: Sequence[Tensor] = ()) -> Tuple[Tensor, Tensor]:
    """Return a volume unchanged; its gradient comes back in [-1, 1].

    The second result is a zero to be added to the loss:
    ``loss = criterion(net(volume)) + zero``. Its gradient is the factor by
    which the loss is multiplied before the backward pass: the loss scale of
    mixed precision, 1 / n of gradient accumulation. The gradient of a loss
    has this factor, so the normalised gradient is multiplied by it.

    If the zero is not in the loss, the factor is 1. With nothing to
    normalise and no idle parameter, no node is added to the graph.

    Args:
        volume: (B, ...) sampled volume.
        per: see :func:`scale_to_unit`; None leaves the gradient as it is.
        idle: parameters that this forward pass does not use. Each gets a
            gradient of zero if the zero is in the loss, so that
            DistributedDataParallel finds one without searching the graph.

    Returns:
        ``volume`` and the zero, a float32 scalar.
    """
    normalises = per is not None and volume.requires_grad
    if torch.is_grad_enabled() and (normalises or len(idle) > 0):
        return _NormaliseGradient.apply(volume, per, *idle)
    return volume, volume.new_zeros((), dtype=torch.float32)


class _NormaliseGradient(torch.autograd.Function):
    """The autograd function of :func:`normalise_gradient`."""

    @staticmethod
    def forward(ctx, volume, per, *idle):
        ctx.per = per
        # Their values are not needed, so they may change until the backward.
        ctx.idle = [parameter.detach() for parameter in idle]
        ctx.set_materialize_grads(False)  # None: not part of the loss
        result = volume.detach()  # of a view no layer could work in place
        if not volume.requires_grad:
            ctx.mark_non_differentiable(result)
        # Half precision would overflow under a loss scale of 65536.
        return result, volume.new_zeros((), dtype=torch.float32)

    @staticmethod
    def backward(ctx, grad, factor):
        if grad is not None and ctx.per is not None:
            grad = scale_to_unit(grad, ctx.per, factor)
        zeros = [
            None if factor is None else torch.zeros_like(parameter)
            for parameter in ctx.idle
        ]
        return (grad, None, *zeros)


def scale_to_unit(grad: Tensor, per: str = 'batch',
                  scale: Optional[Tensor] = None) -> Tensor:
    """Divide a gradient by its largest magnitude, so it lies in [-1, 1].

    Args:
        grad: (B, ...) gradient of the sampled volume.
        per: ``'batch'``: one maximum for the batch (of this process);
            ``'video'``: one per video.
        scale: factor that the loss itself carries, see
            :func:`normalise_gradient`; None: 1.

    Returns:
        the scaled gradient; zeros stay zeros.
    """
    axes = tuple(range(0 if per == 'batch' else 1, grad.dim()))
    largest = grad.abs().amax(dim=axes, keepdim=True)
    grad = torch.where(largest > 0, grad / largest, grad)
    return grad if scale is None else grad * scale
