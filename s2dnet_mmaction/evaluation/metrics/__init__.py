from .synopsis_detail_metric import SynopsisDetailMetric

__all__ = ['SynopsisDetailMetric']
