"""Metrics that the host lacks."""

from .metrics import SynopsisDetailMetric

__all__ = ['SynopsisDetailMetric']
