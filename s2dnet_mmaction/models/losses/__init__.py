"""Losses."""

from .keep_ratio_loss import KeepRatioLoss
from .saliency_objectives import (
    ActionObjective,
    RankObjective,
    SalientObjective,
)

__all__ = [
    'ActionObjective', 'KeepRatioLoss', 'RankObjective', 'SalientObjective'
]
