from .place_metric import PlaceMetric
from .synopsis_detail_metric import SynopsisDetailMetric

__all__ = ['PlaceMetric', 'SynopsisDetailMetric']
