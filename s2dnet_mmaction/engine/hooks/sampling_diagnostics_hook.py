"""Where the sampler looks and how it learns, in numbers; and a guard."""

import math
from typing import Callable, Dict, List, Optional, Sequence, Set

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from ..._checks import require, require_int
from ...functional.sampling.statistics import sampling_statistics
from ...models.necks import DetailSampler
from .finite_guard import (
    REMEDY,
    not_finite,
    require_finite,
    require_finite_weights,
    saves_iteration,
    to_floats,
)
from .gradient_norms import F_THETA, REST, gradient_norms
from .runner_access import bare_model, optim_wrappers
from .theta_record import (
    Seen,
    ThetaRecord,
    gather_videos,
    split_by_video,
)

# A loss scaler halves its scale after each step that it skips. From 2^16 on
# so many leave 2^-48: no overflow of half precision explains them.
_MAX_SKIPPED = 64


@HOOKS.register_module()
class SamplingDiagnosticsHook(Hook):
    """Note what theta is like, and stop before a number that is not finite.

    While the sampler is live, the message hub gets, for LoggerHook and all
    backends of the visualizer,

    - ``train/train_sampling/<name>``: the statistics of
      :func:`~s2dnet_mmaction.functional.sampling_statistics`, of this
      process's batch, every ``interval`` iterations;
    - ``train/train_sampling/grad_norm_f_theta``, ``.../grad_norm_rest``:
      norm of the gradient of f_theta and of all other parameters, of every
      step, as the optimiser takes them: unscaled and clipped (``grad_norm``
      of the host is that of both, before clipping). The host's LogProcessor
      shows the mean of its window, as of all that is called grad_norm;
    - ``val/sampling/<name>``: the statistics over the whole validation set,
      of all processes. Each view counts as a video.

    The host's LogProcessor cuts off the first ``train/`` and ``val/``, so
    the backends show ``train_sampling/<name>`` by iteration and, beside
    ``acc/top1``, ``sampling/<name>`` by epoch: two curves, not one.

    In both stages the hook looks at losses, theta and gradient norms before
    each step of the optimiser; at the weights and running statistics when
    an epoch ends and before a validation or a checkpoint of CheckpointHook;
    and, in validations of a training, at theta. It waits for the device once
    per iteration and once per look at the weights. In mixed precision a loss
    scaler skips steps whose gradients overflow: that is no error, until 64
    follow each other. What a buffer holds from the start, like the infinite
    numbers of a mask, is none either.

    Of a model without a detail sampler it is the guard alone. Of several
    optimisers each step is looked at; the norms are over all of them.

    Args:
        interval: train iterations of an epoch between two notes of the
            statistics, counted as by LoggerHook; a multiple of it should be
            LoggerHook's. (All that is noted is kept in the checkpoints.)

    Raises:
        TypeError: if ``interval`` is no int.
        ValueError: if it is below 1.
        FloatingPointError: in training, if a loss, theta, the norm of a
            gradient or a weight is infinite or not a number.
    """

    priority = 'NORMAL'  # before LoggerHook shows the numbers

    def __init__(self, interval: int = 10) -> None:
        require_int('interval', interval)
        self.interval = interval
        self._losses: Dict[str, Tensor] = {}
        self._videos: List = []  # theta of the validation set
        self._due = self._stepped = False
        self._training = self._unchecked = False
        self._skipped = 0
        self._where = ''
        self._norms: Dict[int, Dict[str, float]] = {}  # by optimiser
        self._infinite: Set[str] = set()  # buffers that are so by intent
        self._sampler: Optional[DetailSampler] = None
        self._record: Optional[ThetaRecord] = None
        self._handles: List = []

    def before_run(self, runner: Runner) -> None:
        """Start to note theta."""
        self._release()  # of a run that ended with an error
        self._training = self._unchecked = False
        sampler = getattr(bare_model(runner), 'neck', None)
        self._sampler = self._record = None
        if isinstance(sampler, DetailSampler):
            self._sampler, self._record = sampler, ThetaRecord(sampler)

    def after_run(self, runner: Runner) -> None:
        """Leave the model and the optimisers as they were."""
        self._release()

    def _release(self) -> None:
        if self._record is not None:
            self._record.remove()
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _guard(self, check: Callable[..., None], *args) -> None:
        # After an error mmengine calls no hook, not even after_run.
        try:
            check(*args)
        except FloatingPointError:
            self._release()
            raise

    def before_train(self, runner: Runner) -> None:
        """Look at the losses, and at the gradients before each step."""

        def before_step(optimizer, args, kwargs) -> None:
            self._stepped = True
            self._guard(self._inspect, runner, optimizer)

        model = bare_model(runner)
        self._handles = [
            model.register_forward_hook(self._note_losses), *(
                wrapper.optimizer.register_step_pre_hook(before_step)
                for wrapper in optim_wrappers(runner))
        ]
        buffers = {
            name for name, _ in model.named_buffers()
            if not name.endswith(('running_mean', 'running_var'))
        }
        self._infinite = buffers & set(not_finite(model))
        self._training, self._skipped = True, 0

    def after_train(self, runner: Runner) -> None:
        """What follows is no validation of a training."""
        self._training = False

    def _note_losses(self, model, args, losses) -> None:
        if model.training and isinstance(losses, dict):
            self._losses = {
                name: loss if isinstance(loss, Tensor) else torch.stack(
                    [part.mean() for part in loss])
                for name, loss in losses.items() if 'loss' in name
            }

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch=None) -> None:
        """Note where we are."""
        self._take()
        self._where = f'epoch {runner.epoch + 1}, iteration {batch_idx + 1}'
        self._due = self.every_n_inner_iters(
            batch_idx, self.interval) or self.end_of_epoch(
                runner.train_dataloader, batch_idx)
        self._stepped, self._unchecked = False, True
        self._norms = {}

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Look at what no step has shown, and at what is saved now."""
        if self._stepped:
            self._skipped = 0
        else:  # gradients are gathered, or were skipped
            self._guard(self._inspect, runner)
            self._skipped += any(
                wrapper.should_update() for wrapper in optim_wrappers(runner))
            self._guard(
                require, self._skipped < _MAX_SKIPPED, 'gradients',
                f'{_MAX_SKIPPED} steps in a row that the loss scaler skipped,'
                f' up to {self._where}', 'finite gradients', REMEDY,
                FloatingPointError)
        if _is_live(self._sampler):
            for name in (F_THETA, REST):
                parts = [
                    norms[name] for norms in self._norms.values()
                    if name in norms
                ]
                if parts:
                    runner.message_hub.update_scalar(
                        f'train/train_sampling/{name}', math.hypot(*parts))
        if saves_iteration(runner):
            self._look_at_weights(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Look at what the last step left, before it is saved."""
        self._look_at_weights(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """The same, if another than CheckpointHook saves."""
        self._look_at_weights(runner)

    def _look_at_weights(self, runner: Runner) -> None:
        """Once after each iteration, in training."""
        if self._training and self._unchecked:
            self._guard(require_finite_weights, bare_model(runner),
                        self._infinite, self._where)
        self._unchecked = False

    def _take(self) -> Optional[Seen]:
        return None if self._record is None else self._record.take()

    def _inspect(self,
                 runner: Runner,
                 optimizer: Optional[torch.optim.Optimizer] = None) -> None:
        """Check the numbers of this iteration and note what is due."""
        live = _is_live(self._sampler)
        seen = self._take() if live else None
        numbers = {name: loss.mean() for name, loss in self._losses.items()}
        if seen is not None:  # a sum is finite if all its numbers are
            for name, number in seen.theta._asdict().items():
                numbers[f'theta.{name}'] = number.sum()
        f_theta = getattr(self._sampler, 'location_scale', None)
        norms = gradient_norms(optimizer, f_theta) if optimizer else {}
        statistics = _statistics(seen, self._sampler) if (
            self._due and seen is not None) else {}
        self._losses = {}

        *values, found_inf = to_floats(
            [*numbers.values(), *norms.values(), *statistics.values()],
            getattr(optimizer, 'found_inf', None))
        values = dict(zip([*numbers, *norms, *statistics], values))
        if found_inf:  # a fused optimiser is going to skip this step
            self._stepped = False
            values = {k: v for k, v in values.items() if k not in norms}
        require_finite(values, [*numbers, *norms],
                       f'{self._where}, before the step of the optimizer')
        if optimizer is not None:
            self._norms[id(optimizer)] = {
                name: values[name] for name in norms if name in values}
        for name in statistics:
            runner.message_hub.update_scalar(f'train/train_sampling/{name}',
                                             values[name])

    def before_val_epoch(self, runner: Runner) -> None:
        """Forget the validation before; look at what is validated."""
        self._look_at_weights(runner)
        self._videos = []

    def after_val_iter(self,
                       runner: Runner,
                       batch_idx: int,
                       data_batch=None,
                       outputs: Optional[Sequence] = None) -> None:
        """Note theta of this batch."""
        seen = self._take()
        if seen is None or not _is_live(self._sampler):
            return
        rows = seen.pack()
        if self._training:
            self._guard(
                require, bool(rows.isfinite().all()), 'theta',
                'numbers that are not finite in the validation after '
                f'{self._where}', 'finite numbers', REMEDY,
                FloatingPointError)
        self._videos += split_by_video(rows, len(outputs))

    def after_val_epoch(self, runner: Runner, metrics=None) -> None:
        """Put the statistics of the whole set into the message hub."""
        if not _is_live(self._sampler):
            return
        rows = gather_videos(self._videos, len(runner.val_dataloader.dataset))
        if rows is None:  # not the main process, which writes the logs
            return
        numbers = _statistics(Seen.unpack(rows), self._sampler)
        for name, value in numbers.items():
            runner.message_hub.update_scalar(f'val/sampling/{name}',
                                             float(value))


def _is_live(sampler) -> bool:
    """Whether theta follows the video."""
    return (sampler is not None and sampler.live
            and sampler.location_scale is not None)


def _statistics(seen: Seen, sampler) -> Dict[str, Tensor]:
    return sampling_statistics(seen.theta, seen.lengths, seen.frame_size,
                               sampler.size)
