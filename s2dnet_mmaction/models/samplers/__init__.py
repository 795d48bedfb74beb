"""What gives candidates their saliency, and the rules that pick."""

from .audio_sampler import AudioSampler
from .clip_sampler import ClipSampler
from .mean_sampler import MeanSampler
from .sampler import Sampler
from .selection_rules import (
    AVUnionList,
    ConvexTopK,
    EveryNth,
    Oracle,
    Random,
    SelectionRule,
    TopK,
    Uniform,
)

__all__ = [
    'AVUnionList', 'AudioSampler', 'ClipSampler', 'ConvexTopK', 'EveryNth',
    'MeanSampler', 'Oracle', 'Random', 'Sampler', 'SelectionRule', 'TopK',
    'Uniform'
]
