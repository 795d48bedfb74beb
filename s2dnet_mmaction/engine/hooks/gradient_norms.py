"""Norms of the gradients that a step of an optimiser takes."""

from typing import Callable, Dict, List, Optional

import torch
from torch import Tensor


def parameter_norms(
        optimizer: Optional[torch.optim.Optimizer]) -> Dict[Tensor, Tensor]:
    """Norm of the gradient of each parameter, unscaled.

    Args:
        optimizer: before its step. None: there is no step, so no norm.

    Returns:
        norms of its parameters with a gradient; all 0 if a loss scaler makes
        a fused optimiser skip the step.
    """
    parameters = [
        parameter for group in (optimizer.param_groups if optimizer else ())
        for parameter in group['params'] if parameter.grad is not None
    ]
    if not parameters:
        return {}
    norms = torch.stack([
        torch.linalg.vector_norm(parameter.grad, dtype=torch.float32)
        for parameter in parameters
    ])
    # A loss scaler sets these two for the time of a fused step.
    scale = getattr(optimizer, 'grad_scale', None)
    found_inf = getattr(optimizer, 'found_inf', None)
    if scale is not None:
        norms = norms / scale
    if found_inf is not None:
        norms = norms.masked_fill(found_inf > 0, 0)
    return dict(zip(parameters, norms.unbind()))


def group_norms(norms: Dict[Tensor, Tensor],
                group_of: Callable[[Tensor], str]) -> Dict[str, Tensor]:
    """Norm over each group of parameters; ``group_of`` gives its name."""
    groups: Dict[str, List[Tensor]] = {}
    for parameter, norm in norms.items():
        groups.setdefault(group_of(parameter), []).append(norm)
    return {
        name: torch.linalg.vector_norm(torch.stack(group))
        for name, group in groups.items()
    }
