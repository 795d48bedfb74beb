"""Hooks that MMAction2 lacks."""

from .hooks import (
    FiniteGuardHook,
    SamplingDiagnosticsHook,
    SamplingStatisticsHook,
    SamplingVisualizationHook,
    TwoStageHook,
)

__all__ = [
    'FiniteGuardHook', 'SamplingDiagnosticsHook', 'SamplingStatisticsHook',
    'SamplingVisualizationHook', 'TwoStageHook'
]
