"""Costs of recognizers side by side: see tools/analysis_tools."""

from .complexity import count_macs
from .configs import PEERS, load_configs
from .cost import Options, measure
from .environment import hardware_name, save_json
from .figure import cost_figure
from .report import as_dict, check_baseline, markdown

__all__ = [
    'Options', 'PEERS', 'as_dict', 'check_baseline', 'cost_figure',
    'count_macs', 'hardware_name', 'load_configs', 'markdown', 'measure',
    'save_json'
]
