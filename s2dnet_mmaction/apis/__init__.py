"""Use trained networks in Python."""

from .s2dnet_inferencer import S2DNetInferencer

__all__ = ['S2DNetInferencer']
