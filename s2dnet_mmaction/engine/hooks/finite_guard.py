"""Numbers that have to be finite, and what to do when they are not."""

import math
from typing import Dict, List, Optional, Sequence, Set

import torch
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch import Tensor, nn

from ..._checks import require

REMEDY = (
    'An earlier step may have spoiled the weights before it showed: go on '
    'from the last checkpoint whose validation was sound, with a lower '
    'learning rate (that of f_theta: optim_wrapper.paramwise_cfg.custom_keys.'
    'neck.lr_mult), clipped gradients (optim_wrapper.clip_grad) or bounded '
    'strides (model.neck.max_zoom).')
_SHOWN = 3  # names of a message


def require_finite(values: Dict[str, float], names: Sequence[str],
                   where: str) -> None:
    """Raise FloatingPointError if a value of these names is not finite."""
    bad = [
        name for name in names
        if name in values and not math.isfinite(values[name])
    ]
    got = ', '.join(str(values[name]) for name in bad)
    require(not bad, ', '.join(bad), f'{got} in {where}', 'finite numbers',
            REMEDY, FloatingPointError)


def to_floats(numbers: Sequence[Tensor],
              found_inf: Optional[Tensor]) -> List[float]:
    """All numbers, and found_inf (None: 0), in one wait for the device."""
    numbers = list(numbers)
    if found_inf is not None:
        numbers.append(found_inf)
    if not numbers:
        return [0.0]
    stacked = torch.stack([
        number.detach().reshape(()).to(numbers[0].device, torch.float32)
        for number in numbers
    ])
    return stacked.tolist() + ([0.0] if found_inf is None else [])


def not_finite(model: nn.Module) -> List[str]:
    """Names of parameters and buffers with numbers that are not finite."""
    tensors = {
        name: tensor.detach()
        for name, tensor in (*model.named_parameters(),
                             *model.named_buffers())
        if tensor.is_floating_point() and tensor.numel()
    }
    if not tensors:
        return []
    device = next(iter(tensors.values())).device
    finite = torch.stack([
        tensor.isfinite().all().to(device) for tensor in tensors.values()
    ]).tolist()  # the only wait for the device
    return [name for name, good in zip(tensors, finite) if not good]


def require_finite_weights(model: nn.Module, but: Set[str],
                           where: str) -> None:
    """Raise FloatingPointError if the model is spoiled.

    Args:
        but: names that may be infinite, like a buffer that masks.
    """
    bad = [name for name in not_finite(model) if name not in but]
    names = ', '.join(bad[:_SHOWN]) + (', ...' if bad[_SHOWN:] else '')
    require(not bad, 'weights',
            f'{len(bad)} tensors that are not finite ({names}) after {where}',
            'finite weights and running statistics', REMEDY,
            FloatingPointError)


def saves_iteration(runner: Runner) -> bool:
    """Whether CheckpointHook saves behind this iteration.

    It deletes an old checkpoint before it saves, so to look at what is
    saved (``before_save_checkpoint``) comes too late.
    """
    return any(
        hook.every_n_train_iters(runner, hook.interval, hook.save_begin) or (
            hook.save_last and hook.is_last_train_iter(runner))
        for hook in runner.hooks
        if isinstance(hook, CheckpointHook) and not hook.by_epoch)
