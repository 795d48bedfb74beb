"""What gives candidates their saliency, and the rules that pick."""

from .clip_sampler import ClipSampler
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
    'AVUnionList', 'ClipSampler', 'ConvexTopK', 'EveryNth', 'Oracle',
    'Random', 'Sampler', 'SelectionRule', 'TopK', 'Uniform'
]
