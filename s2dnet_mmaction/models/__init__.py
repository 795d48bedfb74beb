"""Registered modules of S2DNet."""

from .backbones import DNet, SNet, X3DStages
from .data_preprocessors import S2DNetDataPreprocessor
from .heads import TopKMaskedHead
from .necks import ContextualFeatures, DetailSampler
from .recognizers import S2DNet

__all__ = [
    'ContextualFeatures', 'DNet', 'DetailSampler', 'S2DNet',
    'S2DNetDataPreprocessor', 'SNet', 'TopKMaskedHead', 'X3DStages'
]
