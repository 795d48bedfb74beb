from .finite_guard_hook import FiniteGuardHook
from .sampling_diagnostics_hook import SamplingDiagnosticsHook
from .sampling_statistics_hook import SamplingStatisticsHook
from .sampling_visualization_hook import SamplingVisualizationHook
from .two_stage_hook import TwoStageHook

__all__ = [
    'FiniteGuardHook', 'SamplingDiagnosticsHook', 'SamplingStatisticsHook',
    'SamplingVisualizationHook', 'TwoStageHook'
]
