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
    """FiniteGuardHook and, with a sampler, SamplingStatisticsHook in one.

    Hooks of these types that are registered already are used, with their
    options, instead of further ones.
    """

    def __init__(self, interval: int = 10) -> None:
        warnings.warn(_MESSAGE, DeprecationWarning, stacklevel=2)
        self._hooks = [FiniteGuardHook(), SamplingStatisticsHook(interval)]

    def before_run(self, runner: Runner) -> None:
        """Register the two hooks, once; the runner calls them after this."""
        if not self._hooks:
            return
        runner.logger.warning(_MESSAGE)  # Python hides DeprecationWarnings
        neck = getattr(bare_model(runner), 'neck', None)
        for hook in self._hooks[:1 + isinstance(neck, DetailSampler)]:
            if not any(isinstance(h, type(hook)) for h in runner.hooks):
                runner.register_hook(hook, self.priority)
        self._hooks = []
