from .sampling_diagnostics_hook import SamplingDiagnosticsHook
from .sampling_visualization_hook import SamplingVisualizationHook
from .two_stage_hook import TwoStageHook

__all__ = [
    'SamplingDiagnosticsHook', 'SamplingVisualizationHook', 'TwoStageHook'
]
