"""Locators: from features of the synopsis to theta."""

from .heatmap_locator import HeatmapLocator
from .location_scale import LocationScale

__all__ = ['HeatmapLocator', 'LocationScale']
