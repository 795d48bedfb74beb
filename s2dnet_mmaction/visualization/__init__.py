"""Pictures of what the network looked at."""

from .sampling_figure import sampling_figure

__all__ = ['sampling_figure']
