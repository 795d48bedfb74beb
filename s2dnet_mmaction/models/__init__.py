"""Registered modules."""

from .backbones import AFMobileNetV3, AFResNet, DNet, SNet, X3DStages
from .data_preprocessors import S2DNetDataPreprocessor
from .heads import MobileNetV3Head, TopKMaskedHead
from .losses import KeepRatioLoss
from .necks import ContextualFeatures, DetailSampler
from .recognizers import AFNet, S2DNet

__all__ = [
    'AFMobileNetV3', 'AFNet', 'AFResNet', 'ContextualFeatures', 'DNet',
    'DetailSampler', 'KeepRatioLoss', 'MobileNetV3Head', 'S2DNet',
    'S2DNetDataPreprocessor', 'SNet', 'TopKMaskedHead', 'X3DStages'
]
