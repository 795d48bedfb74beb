"""Metrics that MMAction2 lacks."""

from .metrics import PlaceMetric, SynopsisDetailMetric

__all__ = ['PlaceMetric', 'SynopsisDetailMetric']
