"""Metrics that MMAction2 lacks."""

from .metrics.place_metric import PlaceMetric
from .metrics.synopsis_detail_metric import SynopsisDetailMetric

__all__ = ['PlaceMetric', 'SynopsisDetailMetric']
