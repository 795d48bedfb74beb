"""Which K of T candidates of a video to look at, from their scores.

A candidate is a clip or a frame. Each rule returns ``min(K, T)`` different
candidates in the order of time. Of equal scores the first candidate wins.
"""

import torch
from torch import Tensor

from .._checks import require, require_int


def top_k(scores: Tensor, k: int) -> Tensor:
    """The K best candidates.

    Args:
        scores: (..., T); ``-inf`` is the lowest.
        k: K >= 1.

    Returns:
        (..., min(K, T)) int64, increasing along the last axis.

    Raises:
        ValueError: if a score is NaN, or k is below 1.
    """
    _check(scores, 'scores', k)
    return _order(scores)[..., :k].sort(dim=-1).values


def uniform(num_candidates: int, k: int) -> Tensor:
    """The middle candidates of K parts of equal length.

    ``floor((i + 1/2) T / K)`` for i = 0 ... K - 1; (min(K, T),) int64.
    """
    require_int('num_candidates', num_candidates)
    require_int('k', k)
    k = min(k, num_candidates)
    return (2 * torch.arange(k) + 1) * num_candidates // (2 * k)


def random_choice(num_candidates: int, k: int, seed: int) -> Tensor:
    """K candidates by chance; a seed always gives the same.

    Returns:
        (min(K, T),) int64, increasing.
    """
    require_int('num_candidates', num_candidates)
    require_int('k', k)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(num_candidates, generator=generator)
    return order[:k].sort().values


def every_nth(num_candidates: int, n: int) -> Tensor:
    """Candidates 0, N, 2N, ...: (ceil(T / N),) int64."""
    require_int('num_candidates', num_candidates)
    require_int('n', n)
    return torch.arange(0, num_candidates, n)


def av_union_list(visual: Tensor, audio: Tensor, k_visual: int,
                  k: int) -> Tensor:
    """The K' best by sight, then the best others by sound (AV-union-list).

    Args:
        visual: (..., T) scores.
        audio: (..., T) scores.
        k_visual: K' >= 0; all K if it is larger.
        k: K >= 1.

    Returns:
        (..., min(K, T)) int64, increasing.

    Raises:
        ValueError: if shapes differ, a score is NaN, or a number is too
            small.
    """
    _check(visual, 'visual', k)
    _check(audio, 'audio', k)
    require_int('k_visual', k_visual, minimum=0)
    _check_same_shape(visual, audio)
    by_sight = torch.zeros_like(visual, dtype=torch.bool)
    by_sight.scatter_(-1, _order(visual)[..., :min(k, k_visual)], True)
    order = _order(audio)
    seen_last = (~by_sight).gather(-1, order).int()
    order = order.gather(-1, seen_last.argsort(dim=-1, stable=True))
    return order[..., :k].sort(dim=-1).values


def convex(audio: Tensor, visual: Tensor, alpha: float) -> Tensor:
    """``alpha audio + (1 - alpha) visual``, (..., T).

    Raises:
        ValueError: if shapes differ or alpha is not in [0, 1].
    """
    require(0 <= alpha <= 1, 'alpha', alpha, 'a number in [0, 1]',
            'Give the weight of the audio score.')
    _check_same_shape(visual, audio)
    return alpha * audio + (1 - alpha) * visual


def _order(scores: Tensor) -> Tensor:
    """Candidates from the best to the worst, the first of equals first."""
    return scores.argsort(dim=-1, descending=True, stable=True)


def _check(scores: Tensor, name: str, k: int) -> None:
    require_int('k', k)
    require(
        scores.dim() > 0 and scores.size(-1) > 0, f'{name}.shape',
        tuple(scores.shape), '(..., T), T >= 1', 'Give a score for each '
        'candidate.')
    require(not scores.isnan().any(), name, 'NaN', 'numbers',
            'Look for NaN in the weights or the inputs of the sampler.')


def _check_same_shape(visual: Tensor, audio: Tensor) -> None:
    require(visual.shape == audio.shape, 'audio.shape', tuple(audio.shape),
            f'{tuple(visual.shape)}, as visual',
            'Score the same candidates.')
