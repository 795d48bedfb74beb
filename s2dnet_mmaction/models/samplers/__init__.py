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
    'IndexFusion', 'MeanSampler', 'NSNetSampler', 'Oracle', 'Random',
    'Sampler', 'ScoreFusion', 'SelectionRule', 'TopK', 'Uniform',
    'VideoSampler'
]
