"""Hooks that the host lacks."""

from .hooks import (
    SamplingDiagnosticsHook,
    SamplingVisualizationHook,
    TwoStageHook,
)

__all__ = [
    'SamplingDiagnosticsHook', 'SamplingVisualizationHook', 'TwoStageHook'
]
