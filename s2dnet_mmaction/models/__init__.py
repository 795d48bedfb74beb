"""Registered modules."""

from .backbones import (
    AFMobileNetV3,
    AFResNet,
    DNet,
    SNet,
    VGGish,
    X3DStages,
)
from .data_preprocessors import S2DNetDataPreprocessor
from .heads import MobileNetV3Head, TopKMaskedHead
from .losses import (
    ActionObjective,
    KeepRatioLoss,
    RankObjective,
    SalientObjective,
)
from .necks import ContextualFeatures, DetailSampler
from .recognizers import AFNet, S2DNet, SampledRecognizer
from .samplers import AudioSampler, ClipSampler, MeanSampler, NSNetSampler

__all__ = [
    'AFMobileNetV3', 'AFNet', 'AFResNet', 'ActionObjective', 'AudioSampler',
    'ClipSampler', 'ContextualFeatures', 'DNet', 'DetailSampler',
    'KeepRatioLoss', 'MeanSampler', 'MobileNetV3Head', 'NSNetSampler',
    'RankObjective', 'S2DNet', 'S2DNetDataPreprocessor', 'SNet',
    'SalientObjective', 'SampledRecognizer', 'TopKMaskedHead', 'VGGish',
    'X3DStages'
]
