"""Costs of recognizers, side by side: see tools/analysis_tools."""

from .complexity import count_macs, parts_of
from .configs import PEERS, find_config, load_configs
from .cost import Cost, Options, build, measure
from .environment import hardware_name
from .figure import cost_figure
from .inputs import View, array_pipeline, one_view, raw_video
from .latency import make_step, peak_memory, quartiles, time_in_turns
from .report import (
    as_dict,
    check_baseline,
    markdown,
    speedups,
)

__all__ = [
    'Cost', 'Options', 'PEERS', 'View', 'array_pipeline', 'as_dict', 'build',
    'check_baseline', 'cost_figure', 'count_macs', 'find_config',
    'hardware_name', 'load_configs', 'make_step', 'markdown', 'measure',
    'one_view', 'parts_of', 'peak_memory', 'quartiles', 'raw_video',
    'speedups', 'time_in_turns'
]
