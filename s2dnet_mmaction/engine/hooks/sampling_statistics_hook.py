"""Curves of where the sampler looks and how its locator learns."""

import math
from collections import defaultdict
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor

from ..._checks import require_int
from ...functional.sampling.statistics import sampling_statistics
from .gradient_norms import group_norms
from .runner_access import find_sampler, refuse_exit
from .step_numbers_hook import Numbers, StepNumbersHook
from .theta_record import (
    RecordedTheta,
    ThetaRecord,
    gather_videos,
    split_by_video,
)

F_THETA, REST = 'grad_norm_f_theta', 'grad_norm_rest'


@HOOKS.register_module()
class SamplingStatisticsHook(StepNumbersHook):
    """Log statistics of theta; stop a training whose theta is NaN or Inf.

    While the sampler is live, the message hub gets, for LoggerHook and all
    backends of the visualizer,

    - ``train/train_sampling/<name>``: the statistics of
      :func:`~s2dnet_mmaction.functional.sampling_statistics` over this
      process's batch, every ``interval`` iterations;
    - ``train/train_sampling/grad_norm_f_theta``, ``.../grad_norm_rest``:
      norm of the gradient of the locator and of all other parameters, of
      every step, unscaled and clipped. (MMEngine's ``grad_norm`` is that of
      both, before clipping.) LogProcessor shows the mean of its window;
    - ``val/sampling/<name>``: the statistics over the whole validation set,
      of all processes. Each view counts as a video.

    LogProcessor cuts off the first ``train/`` and ``val/``, so the backends
    show two curves: ``train_sampling/<name>`` by iteration and, beside
    ``acc/top1``, ``sampling/<name>`` by epoch.

    Args:
        interval: train iterations between two logs of the statistics; that
            of LoggerHook should be a multiple. Checkpoints keep all logs.

    Raises:
        TypeError, ValueError: if ``interval`` is no int >= 1.
        ValueError: if the model has no detail sampler.
        FloatingPointError: if theta is NaN or Inf, before a step of the
            optimiser or in a validation during training.
    """

    def __init__(self, interval: int = 10) -> None:
        super().__init__()
        require_int('interval', interval)
        self.interval = interval

    def before_run(self, runner: Runner) -> None:
        """Start to record theta."""
        super().before_run(runner)
        self._sampler = find_sampler(runner, type(self).__name__)
        self._record = ThetaRecord(self._sampler)
        self.handles.append(self._record)

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Drop older numbers; decide whether to log statistics."""
        super().before_train_iter(runner, batch_idx, data_batch)
        self._record.take()
        self._norms: Dict[str, List[float]] = defaultdict(list)
        self._due = self.every_n_inner_iters(
            batch_idx, self.interval) or self.end_of_epoch(
                runner.train_dataloader, batch_idx)

    def step_numbers(self, norms: Dict[Tensor, Tensor]
                     ) -> Tuple[Numbers, Numbers]:
        """Theta; the norms of gradients, and the statistics if due."""
        if not self._is_live():
            return {}, {}
        locator = set(self._sampler.locator.parameters())
        logged = group_norms(
            norms, lambda p: F_THETA if p in locator else REST)
        recorded, watched = self._record.take(), {}
        if recorded is not None:  # not yet checked in this iteration
            for name, number in recorded.theta._asdict().items():
                watched[f'theta.{name}'] = number.sum()  # finite if all are
            if self._due:
                logged.update(self._statistics(recorded))
        return watched, logged

    def log_step(self, runner: Runner, values: Dict[str, float],
                 skipped: bool) -> None:
        """Log the statistics; keep the norms for the end of the iteration."""
        for name in {F_THETA, REST} & set(values):
            norm = values.pop(name)
            if not skipped:
                self._norms[name].append(norm)
        _log(runner, 'train/train_sampling', values)

    def after_train_iter(self, runner, batch_idx, data_batch=None,
                         outputs=None) -> None:
        """Log the norms over all optimisers."""
        super().after_train_iter(runner, batch_idx, data_batch, outputs)
        _log(runner, 'train/train_sampling',
             {name: math.hypot(*norms) for name, norms in self._norms.items()})

    def before_val_epoch(self, runner: Runner) -> None:
        """Start with no videos."""
        refuse_exit(runner)
        self._videos: List[np.ndarray] = []

    def after_val_iter(self, runner, batch_idx, data_batch=None,
                       outputs: Optional[Sequence] = None) -> None:
        """Check and keep theta of a batch."""
        recorded = self._record.take()
        if recorded is None or not self._is_live():
            return
        rows = recorded.pack()
        self.require_finite(
            not self.training or bool(rows.isfinite().all()), runner, 'theta',
            f'numbers that are not finite in the validation after {self.where}'
        )
        self._videos += split_by_video(rows, len(outputs))

    def after_val_epoch(self, runner: Runner, metrics=None) -> None:
        """Log the statistics over the whole set."""
        if not self._is_live():
            return
        rows = gather_videos(self._videos, len(runner.val_dataloader.dataset))
        if rows is not None:  # in the main process, which writes the logs
            _log(runner, 'val/sampling',
                 self._statistics(RecordedTheta.unpack(rows)))

    def _is_live(self) -> bool:
        """Whether theta follows the video."""
        return self._sampler.live and self._sampler.locator is not None

    def _statistics(self, recorded: RecordedTheta) -> Numbers:
        return sampling_statistics(recorded.theta, recorded.lengths,
                                   recorded.frame_size, self._sampler.size)


def _log(runner: Runner, prefix: str, values: dict) -> None:
    for name, value in values.items():
        runner.message_hub.update_scalar(f'{prefix}/{name}', float(value))
