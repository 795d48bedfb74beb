"""What recognizers cost, side by side, and what settings change: see
tools/analysis_tools and tools/experiments."""

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
from .study import Study
from .study_files import read_state
from .study_parts import Node, Row, Run
from .study_plot import study_figure, write_report
from .study_report import collect, study_markdown
from .study_runs import execute

__all__ = [
    'Cost', 'Node', 'Options', 'PEERS', 'Row', 'Run', 'Study', 'View',
    'array_pipeline', 'as_dict', 'build', 'check_baseline', 'collect',
    'cost_figure', 'count_macs', 'execute', 'find_config', 'hardware_name',
    'load_configs', 'make_step', 'markdown', 'measure', 'one_view', 'parts_of',
    'peak_memory', 'quartiles', 'raw_video', 'read_state', 'speedups',
    'study_figure', 'study_markdown', 'time_in_turns', 'write_report'
]
