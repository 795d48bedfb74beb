"""What gives candidates their saliency, and the rules that pick."""

from .audio_sampler import AudioSampler
from .clip_sampler import ClipSampler
from .mean_sampler import MeanSampler
from .sampler import Sampler
from .selection_rules import (
    AVUnionList,
    ConvexTopK,
    EveryNth,
    IndexFusion,
    Oracle,
    Random,
    ScoreFusion,
    SelectionRule,
    TopK,
    Uniform,
)

__all__ = [
    'AVUnionList', 'AudioSampler', 'ClipSampler', 'ConvexTopK', 'EveryNth',
    'IndexFusion', 'MeanSampler', 'Oracle', 'Random', 'Sampler',
    'ScoreFusion', 'SelectionRule', 'TopK', 'Uniform'
]
