"""Gradient normalisation of the detail sampler (supplement, Sec. 2)."""

from typing import Optional

import torch
from torch import Tensor

GRAD_NORMS = (None, 'batch', 'video')


def scale_to_unit(grad: Tensor,
                  per: str = 'batch',
                  scale: Optional[Tensor] = None) -> Tensor:
    """Divide a gradient by its largest magnitude, so it lies in [-1, 1].

    Args:
        grad: (B, ...) gradient of the sampled volume.
        per: ``'batch'``: one maximum for the batch (of this process);
            ``'video'``: one per video.
        scale: factor that the loss itself carries (the loss scale of mixed
            precision, 1 / n of gradient accumulation). The optimiser will
            divide it out again, so the result is multiplied by it.

    Returns:
        the scaled gradient; zeros stay zeros.
    """
    axes = tuple(range(0 if per == 'batch' else 1, grad.dim()))
    largest = grad.abs().amax(dim=axes, keepdim=True)
    grad = torch.where(largest > 0, grad / largest, grad)
    return grad if scale is None else grad * scale
