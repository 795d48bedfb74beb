"""Pictures of what the network looked at."""

from .sampling_figure import sampling_figure
from .theta_figure import theta_figure

__all__ = ['sampling_figure', 'theta_figure']
