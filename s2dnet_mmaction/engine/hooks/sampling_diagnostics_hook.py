"""Deprecated name of two hooks."""

import warnings

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...models.necks import DetailSampler
from .finite_guard_hook import FiniteGuardHook
from .runner_access import bare_model
from .sampling_statistics_hook import SamplingStatisticsHook

_MESSAGE = (
    'SamplingDiagnosticsHook is deprecated and will be removed in 0.3.0. '
    "Use dict(type='FiniteGuardHook') and, with a detail sampler, "
    "dict(type='SamplingStatisticsHook', interval=...).")


@HOOKS.register_module()
class SamplingDiagnosticsHook(Hook):
    """FiniteGuardHook and, with a sampler, SamplingStatisticsHook in one."""

    def __init__(self, interval: int = 10) -> None:
        warnings.warn(_MESSAGE, DeprecationWarning, stacklevel=2)
        self._guard = FiniteGuardHook()
        self._statistics = SamplingStatisticsHook(interval)

    def before_run(self, runner: Runner) -> None:
        """Register the two hooks, once; the runner calls them after this."""
        if self._guard in runner.hooks:
            return
        runner.logger.warning(_MESSAGE)  # Python hides DeprecationWarnings
        runner.register_hook(self._guard, self.priority)
        if isinstance(getattr(bare_model(runner), 'neck', 0), DetailSampler):
            runner.register_hook(self._statistics, self.priority)
