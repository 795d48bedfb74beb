"""Ending a video early, once a cheap network is sure of it."""

from typing import Any

from torch import Tensor

from .._checks import require


def check_threshold(threshold: Any) -> None:
    """Raise ValueError unless it is a number from 0 to 1."""
    number = isinstance(threshold, (int, float)) and not isinstance(
        threshold, bool)
    require(number and 0 <= threshold <= 1, 'exit_threshold', repr(threshold),
            'a number from 0 (every video ends) to 1 (none does)',
            'tools/analysis_tools/choose_exit.py finds one for a budget.')


def is_sure(scores: Tensor, threshold: float) -> Tensor:
    """Videos whose largest score is above the threshold.

    Args:
        scores: (B, N) probabilities.
        threshold: from 0 (all videos) to 1 (none).

    Returns:
        (B,) bool.
    """
    # Not >=: a score that is rounded to 1 must not end a video at 1.
    return scores.amax(-1) > threshold
