"""Pictures of what the network samples."""

from .sampling_figure import sampling_figure
from .seen import raw_views
from .theta_figure import theta_figure

__all__ = ['raw_views', 'sampling_figure', 'theta_figure']
