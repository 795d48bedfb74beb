"""Hooks that MMAction2 lacks."""

from .hooks.af_schedule_hook import AFScheduleHook
from .hooks.fine_tune_hook import FineTuneHook
from .hooks.finite_guard_hook import FiniteGuardHook
from .hooks.label_check_hook import LabelCheckHook
from .hooks.sampling_diagnostics_hook import SamplingDiagnosticsHook
from .hooks.sampling_statistics_hook import SamplingStatisticsHook
from .hooks.sampling_visualization_hook import SamplingVisualizationHook
from .hooks.two_stage_hook import TwoStageHook

__all__ = [
    'AFScheduleHook', 'FineTuneHook', 'FiniteGuardHook', 'LabelCheckHook',
    'SamplingDiagnosticsHook', 'SamplingStatisticsHook',
    'SamplingVisualizationHook', 'TwoStageHook'
]
