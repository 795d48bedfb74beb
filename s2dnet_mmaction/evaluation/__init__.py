"""Metrics that the host lacks."""

from .metrics import PlaceMetric, SynopsisDetailMetric

__all__ = ['PlaceMetric', 'SynopsisDetailMetric']
