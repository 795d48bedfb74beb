"""Norms of the gradients that a step of an optimiser takes."""

from typing import Dict, List, Optional

import torch
from torch import Tensor, nn

F_THETA, REST = 'grad_norm_f_theta', 'grad_norm_rest'


def gradient_norms(optimizer: torch.optim.Optimizer,
                   f_theta: Optional[nn.Module]) -> Dict[str, Tensor]:
    """Norm of the gradient of f_theta and of all other parameters.

    Args:
        optimizer: before its step; only what it steps counts.
        f_theta: None: all is REST.

    Returns:
        one number each of F_THETA and REST, if it has a gradient; unscaled.
    """
    inside = set() if f_theta is None else set(f_theta.parameters())
    grads: Dict[str, List[Tensor]] = {F_THETA: [], REST: []}
    for group in optimizer.param_groups:
        for parameter in group['params']:
            if parameter.grad is not None:
                name = F_THETA if parameter in inside else REST
                grads[name].append(parameter.grad)
    norms = {
        name: torch.linalg.vector_norm(
            torch.stack([
                torch.linalg.vector_norm(grad, dtype=torch.float32)
                for grad in some
            ]))
        for name, some in grads.items() if some
    }
    # Set for the time of the step, for fused optimisers to unscale.
    scale = getattr(optimizer, 'grad_scale', None)
    if scale is not None:
        norms = {name: norm / scale for name, norm in norms.items()}
    return norms
