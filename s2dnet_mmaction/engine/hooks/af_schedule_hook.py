"""Temperature of the gate and target of the keep ratio in AFNet's training.
"""

import math
from typing import Optional

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..._checks import require, require_choice, require_int, require_number
from ...models.recognizers.afnet import AFNet
from .runner_access import bare_model, epoch_loop

DECAYS = ('exponential', 'cosine', 'linear')


@HOOKS.register_module()
class AFScheduleHook(Hook):
    """Lower the temperature in each iteration, and the target in steps.

    With p the share of the iterations of the first ``end_epoch`` epochs that
    are done, at most 1, the temperature of the Gumbel-softmax is

    - exponential: ``t0 (t1 / t0)^p`` (the paper's),
    - cosine: ``t1 + (t0 - t1) (1 + cos(pi p)) / 2``,
    - linear: ``t0 + (t1 - t0) p``.

    The target of the keep ratio is 1 before epoch ``ratio_begin``; a third
    and two thirds of the way to its end value in the first and the second
    half of the epochs until ``ratio_end``; then its end value (authors'
    code; the paper does not mention it).

    Both follow from the number of the iteration alone, so that a training
    that is resumed has the same. They are logged as ``gate_temperature`` and
    ``keep_target``.

    Args:
        start, end: t0 and t1 (supplement: 1 and 0.01).
        end_epoch: epochs until t1 (authors' code: 50).
        decay: ``'exponential'``, ``'cosine'`` or ``'linear'``.
        ratio_begin, ratio_end: epochs (authors' code: 10 and 20); None: the
            target has its end value from the start.

    Raises:
        TypeError, ValueError: if a number is out of range, the model is no
            :class:`AFNet`, or the training is not counted in epochs.
    """

    priority = 'VERY_HIGH'

    def __init__(self, end_epoch: int, start: float = 1.0, end: float = 0.01,
                 decay: str = 'exponential',
                 ratio_begin: Optional[int] = None,
                 ratio_end: Optional[int] = None) -> None:
        require_int('end_epoch', end_epoch)
        for name, number in (('start', start), ('end', end)):
            require_number(name, number, 0, 'Give a temperature above 0.')
        require_choice('decay', decay, DECAYS)
        both = (ratio_begin, ratio_end)
        if both != (None, None):
            require_int('ratio_begin', ratio_begin, 0)
            require_int('ratio_end', ratio_end, ratio_begin)
        self.start, self.end, self.end_epoch = start, end, end_epoch
        self.decay = decay
        self.ratio_begin, self.ratio_end = both

    def temperature(self, iteration: int, iterations: int) -> float:
        """That of an iteration; ``iterations`` are those until the end."""
        done = min(1.0, iteration / iterations)
        if self.decay == 'exponential':
            return self.start * (self.end / self.start)**done
        if self.decay == 'cosine':
            done = (1 - math.cos(math.pi * done)) / 2
        return self.start + (self.end - self.start) * done

    def target(self, epoch: int, last: float) -> float:
        """That of an epoch, counted from 0; ``last`` is the end value."""
        if self.ratio_begin is None or epoch >= self.ratio_end:
            return last
        if epoch < self.ratio_begin:
            return 1.0
        half = (self.ratio_begin
                + (self.ratio_end - self.ratio_begin) // 2)
        return last + (1 - last) * (2 if epoch < half else 1) / 3

    def before_train(self, runner: Runner) -> None:
        """Check loop and model."""
        epoch_loop(runner, 'The schedule is')
        self._model = bare_model(runner)
        require(isinstance(self._model, AFNet), 'model.type',
                type(self._model).__name__, 'AFNet',
                'Remove AFScheduleHook from custom_hooks.')

    def before_train_iter(self, runner: Runner, batch_idx: int,
                          data_batch: Optional[dict] = None) -> None:
        """Set both."""
        gate, loss = self._model.backbone.gate, self._model.keep_ratio
        # Not runner.epoch: MMEngine begins an epoch again when it resumes
        # within it.
        length = len(runner.train_dataloader)
        epoch = runner.iter // length
        gate.temperature = self.temperature(
            runner.iter, self.end_epoch * length)
        runner.message_hub.update_scalar('train/gate_temperature',
                                         gate.temperature)
        if loss is not None:
            loss.target_now = self.target(epoch, loss.target)
            runner.message_hub.update_scalar('train/keep_target',
                                             loss.target_now)
