"""Use trained networks in Python."""

from .afnet_inferencer import AFNetInferencer
from .s2dnet_inferencer import S2DNetInferencer

__all__ = ['AFNetInferencer', 'S2DNetInferencer']
