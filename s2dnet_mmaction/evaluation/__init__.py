"""Metrics that MMAction2 lacks."""

from .metrics.box_coverage_metric import BoxCoverageMetric
from .metrics.fallback_metric import FallbackMetric
from .metrics.keep_ratio_metric import KeepRatioMetric
from .metrics.majority_metric import MajorityMetric
from .metrics.pick_metric import PickMetric
from .metrics.place_metric import PlaceMetric
from .metrics.saliency_correlation_metric import SaliencyCorrelationMetric
from .metrics.synopsis_detail_metric import SynopsisDetailMetric

__all__ = [
    'BoxCoverageMetric', 'FallbackMetric', 'KeepRatioMetric',
    'MajorityMetric', 'PickMetric', 'PlaceMetric',
    'SaliencyCorrelationMetric', 'SynopsisDetailMetric'
]
