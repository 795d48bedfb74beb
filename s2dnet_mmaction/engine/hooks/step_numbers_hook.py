"""Checks and logs of numbers at each step of an optimiser."""

import math
from typing import Any, Dict, List, Optional, Tuple

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from ..._checks import require
from .gradient_norms import parameter_norms
from .runner_access import optim_wrappers

_REMEDY = (
    'An earlier step may have spoiled the weights before it showed: resume '
    'from the last checkpoint whose validation was sound, with a lower '
    'learning rate (that of the locator: optim_wrapper.paramwise_cfg.'
    'custom_keys.neck.lr_mult), clipped gradients (optim_wrapper.clip_grad) '
    'or bounded strides (model.neck.max_zoom).')
Numbers = Dict[str, Tensor]


class StepNumbersHook(Hook):
    """Base of hooks that check or log numbers before each optimiser step.

    Reading a number makes the CPU wait for the device. So all these hooks
    share one read per step, or per iteration without a step (gradients are
    accumulated, or a loss scaler skips the step). The first of them in the
    runner's list reads for all, so they may be listed in any order.

    Attributes:
        training: whether a training runs.
        where: epoch and iteration, for messages.
        stepped: whether an optimiser has made a step in this iteration.
        handles: hooks on modules and optimisers, removed when a run starts
            or ends and before an error of :meth:`require_finite`.
    """

    priority = 'NORMAL'  # before LoggerHook shows the numbers

    def __init__(self) -> None:
        self.training = self.stepped = self._read_done = False
        self.where = ''
        self.handles: List[Any] = []
        self._group: List[StepNumbersHook] = []  # [] if another hook reads

    def step_numbers(self, norms: Dict[Tensor, Tensor]
                     ) -> Tuple[Numbers, Numbers]:
        """Numbers that have to be finite, and numbers to log, by name.

        Args:
            norms: of :func:`parameter_norms`; empty without a step.
        """
        raise NotImplementedError

    def log_step(self, runner: Runner, values: Dict[str, float],
                 skipped: bool) -> None:
        """Log the numbers; skipped: whether the loss scaler skips the step."""

    def require_finite(self, finite: bool, runner: Runner, name: str,
                       got: str, expected: str = 'finite numbers') -> None:
        """Stop the training unless numbers are finite.

        MMEngine calls no ``after_run`` after an error. So all these hooks
        remove their handles first.

        Raises:
            FloatingPointError: if ``finite`` is false.
        """
        if not finite:
            for hook in runner.hooks:
                if isinstance(hook, StepNumbersHook):
                    hook.after_run(runner)
        require(finite, name, got, expected, _REMEDY, FloatingPointError)

    def before_run(self, runner: Runner) -> None:
        """Remove the handles of a run that another error ended."""
        for handle in self.handles:
            handle.remove()
        self.handles, self.training = [], False

    after_run = before_run  # remove those of this run

    def before_train(self, runner: Runner) -> None:
        """Let the first of these hooks read before each step."""
        self.training, self.where = True, ''
        group = [h for h in runner.hooks if isinstance(h, StepNumbersHook)]
        self._group = group if group[0] is self else []
        if self._group:
            self.handles += [
                wrapper.optimizer.register_step_pre_hook(
                    lambda optimizer, *_: self._read(runner, optimizer))
                for wrapper in optim_wrappers(runner)
            ]

    def after_train(self, runner: Runner) -> None:
        """End the training."""
        self.training = False

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Start an iteration."""
        self.where = f'epoch {runner.epoch + 1}, iteration {batch_idx + 1}'
        self.stepped = self._read_done = False

    def after_train_iter(self, runner, batch_idx, data_batch=None,
                         outputs=None) -> None:
        """Read the numbers if no optimiser made a step."""
        if self._group and not self._read_done:
            self._read(runner)

    def _read(self, runner: Runner,
              optimizer: Optional[torch.optim.Optimizer] = None) -> None:
        """Read the numbers of all hooks at once; check and distribute them."""
        self._read_done = True
        norms = parameter_norms(optimizer)
        numbers = [hook.step_numbers(norms) for hook in self._group]
        to_read = {name: number for pair in numbers for group in pair
                   for name, number in group.items()}
        found_inf = getattr(optimizer, 'found_inf', None)
        if found_inf is not None:  # only fused optimisers have it
            to_read['found_inf'] = found_inf
        values = to_floats(to_read)
        skipped = values.pop('found_inf', 0) > 0
        bad = [name for watched, _ in numbers for name in watched
               if not math.isfinite(values[name])]
        got = ', '.join(str(values[name]) for name in bad)
        self.require_finite(
            not bad, runner, ', '.join(bad),
            f'{got} in {self.where}, before the step of the optimizer')
        for hook, (_, logged) in zip(self._group, numbers):
            hook.stepped |= optimizer is not None and not skipped
            hook.log_step(runner, {name: values[name] for name in logged},
                          skipped)


def to_floats(numbers: Numbers) -> Dict[str, float]:
    """Read all numbers in one wait for the device."""
    if not numbers:
        return {}
    device = next(iter(numbers.values())).device
    return dict(zip(numbers, torch.stack([
        number.detach().reshape(()).to(device, torch.float32)
        for number in numbers.values()
    ]).tolist()))
