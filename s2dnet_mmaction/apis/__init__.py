"""Use trained networks in Python."""

from .afnet_inferencer import AFNetInferencer
from .s2dnet_inferencer import S2DNetInferencer
from .sampled_inferencer import SampledInferencer

__all__ = ['AFNetInferencer', 'S2DNetInferencer', 'SampledInferencer']
