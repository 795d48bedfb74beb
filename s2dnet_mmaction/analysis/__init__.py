"""Cost of recognizers side by side, and the effect of settings: see
tools/analysis_tools and tools/experiments."""

from .complexity import count_macs
from .configs import PEERS, load_configs
from .cost import Options, measure
from .environment import hardware_name, save_json
from .figure import cost_figure
from .report import as_dict, check_baseline, markdown
from .study import Study
from .study_files import read_state
from .study_parts import Node, Row, Run
from .study_plot import study_figure, write_report
from .study_report import collect, study_markdown
from .study_runs import execute

__all__ = [
    'Node', 'Options', 'PEERS', 'Row', 'Run', 'Study', 'as_dict',
    'check_baseline', 'collect', 'cost_figure', 'count_macs', 'execute',
    'hardware_name', 'load_configs', 'markdown', 'measure', 'read_state',
    'save_json', 'study_figure', 'study_markdown', 'write_report'
]
