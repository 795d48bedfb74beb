"""What gives candidates their saliency, and the rules that pick."""

from .audio_sampler import AudioSampler
from .clip_sampler import ClipSampler
from .mean_sampler import MeanSampler
from .nsnet import NSNetSampler
from .sampler import Sampler, VideoSampler
from .selection_rules import (
    AVUnionList,
    ConvexTopK,
    EveryNth,
    Fusion,
    Oracle,
    Random,
    SelectionRule,
    TopK,
    Uniform,
)

__all__ = [
    'AVUnionList', 'AudioSampler', 'ClipSampler', 'ConvexTopK', 'EveryNth',
    'Fusion', 'MeanSampler', 'NSNetSampler', 'Oracle', 'Random', 'Sampler',
    'SelectionRule', 'TopK', 'Uniform', 'VideoSampler'
]
