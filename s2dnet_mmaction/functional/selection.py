"""Which K of T candidates of a video to look at, from their scores.

A candidate is a clip or a frame. Each rule returns ``min(K, T)`` different
candidates in the order of time. Of equal scores the first candidate wins.
"""

import math

import torch
from torch import Tensor

from .._checks import require, require_choice, require_int

FUSIONS = ('add', 'multiply', 'max', 'union', 'intersection', 'join')


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
    return _first_different(
        _order(visual)[..., :k_visual], _order(audio), k=k)


def index_union(first: Tensor, second: Tensor, k: int,
                alpha: float = 0.6) -> Tensor:
    """NSNet's union of two lists (supplement, A.3).

    The ``ceil(alpha K)`` best of the first list, then the ``ceil((1 - alpha)
    K)`` best of the second, then the next ones of the first, until there are
    K. (The two shares may be K + 1 in sum: the last of the second list is
    then left out, which the paper does not say.)

    Args:
        first: (..., T) scores.
        second: (..., T) scores.
        k: K >= 1.
        alpha: share of the first list.

    Returns:
        (..., min(K, T)) int64, increasing.

    Raises:
        ValueError: if shapes differ, a score is NaN, or a number is out of
            range.
    """
    _check_two(first, second, k)
    require_alpha(alpha)
    order, other = _order(first), _order(second)
    # Rounded, as 10 * (1 - .6) is above 4.
    ahead = math.ceil(round(k * alpha, 9))
    others = math.ceil(round(k * (1 - alpha), 9))
    return _first_different(
        order[..., :ahead], other[..., :others], order[..., ahead:], k=k)


def index_intersection(first: Tensor, second: Tensor, k: int) -> Tensor:
    """NSNet's intersection of two lists (supplement, A.3).

    What the K best of both lists have in common; then the lists grow by one
    in turns, the first one first, until they have K in common.

    Args, returns, raises: as :func:`index_union`.
    """
    _check_two(first, second, k)
    # The step at which a candidate is in both: 0, or later by what it takes
    # to reach its place in the list, in odd steps and in even ones.
    places = [_order(scores).argsort(dim=-1) for scores in (first, second)]
    steps = [(2 * (place - k) + first_step) * (place >= k)
             for first_step, place in enumerate(places, 1)]
    step = torch.maximum(*steps)
    return step.argsort(dim=-1, stable=True)[..., :k].sort(dim=-1).values


def index_join(first: Tensor, second: Tensor, k: int,
               normalise: bool = True) -> Tensor:
    """NSNet's join of two lists (supplement, A.3).

    The best scores of both lists together, as long as they are of different
    candidates.

    Args:
        first, second, k: as of :func:`index_union`.
        normalise: bring both lists to 0 ... 1 before (ours). Otherwise the
            result is that of the larger of both scores.

    Returns, raises: as :func:`index_union`.
    """
    _check_two(first, second, k)
    if normalise:
        first, second = (unit_range(each) for each in (first, second))
    return top_k(torch.maximum(first, second), k)


def unit_range(scores: Tensor) -> Tensor:
    """``(s - min) / (max - min)`` along the last axis; equal scores: 0."""
    low = scores.amin(-1, keepdim=True)
    width = scores.amax(-1, keepdim=True) - low
    return (scores - low) / width.masked_fill(width == 0, 1)


def fuse(how: str, first: Tensor, second: Tensor, k: int,
         alpha: float = 0.6, normalise: bool = True) -> Tensor:
    """The K best by two scores (NSNet's supplement, A.3).

    Args:
        how: ``'add'``: by ``alpha s + (1 - alpha) t``; ``'multiply'``: by
            ``s t``; ``'max'``: by the larger one; ``'union'``,
            ``'intersection'``, ``'join'``: see :func:`index_union` and the
            others.
        first: (..., T) s, finite.
        second: (..., T) t, finite.
        k: K >= 1.
        alpha: of a sum or a union.
        normalise: of a join.

    Returns:
        (..., min(K, T)) int64, increasing.

    Raises:
        ValueError: if there is no such fusion, shapes differ, a score is
            NaN, or a number is out of range.
    """
    require_choice('how', how, FUSIONS)
    if how == 'union':
        return index_union(first, second, k, alpha)
    if how == 'intersection':
        return index_intersection(first, second, k)
    if how == 'join':
        return index_join(first, second, k, normalise)
    _check_two(first, second, k)
    if how == 'add':
        return top_k(convex(first, second, alpha), k)
    return top_k(
        first * second if how == 'multiply' else torch.maximum(first, second),
        k)


def convex(first: Tensor, second: Tensor, alpha: float) -> Tensor:
    """``alpha first + (1 - alpha) second``, (..., T).

    Raises:
        ValueError: if shapes differ or alpha is not in [0, 1].
    """
    require_alpha(alpha)
    _check_same_shape(first, second)
    return alpha * first + (1 - alpha) * second


def _order(scores: Tensor) -> Tensor:
    """Candidates from the best to the worst, the first of equals first."""
    return scores.argsort(dim=-1, descending=True, stable=True)


def _first_different(*orders: Tensor, k: int) -> Tensor:
    """The first K different candidates of lists one after another.

    Together they have all candidates.
    """
    sequence = torch.cat(orders, dim=-1)
    positions = torch.arange(
        sequence.size(-1), device=sequence.device).expand_as(sequence)
    count = int(sequence.max()) + 1
    first = sequence.new_full((*sequence.shape[:-1], count),
                              sequence.size(-1))
    first.scatter_reduce_(-1, sequence, positions, 'amin')
    return first.argsort(dim=-1, stable=True)[..., :k].sort(dim=-1).values


def _check_two(first: Tensor, second: Tensor, k: int) -> None:
    _check(first, 'first', k)
    _check(second, 'second', k)
    _check_same_shape(first, second)


def require_alpha(alpha: float) -> None:
    """Raise ValueError if a weight or share is not in [0, 1]."""
    require(0 <= alpha <= 1, 'alpha', alpha, 'a number in [0, 1]',
            'Give the weight or share of the first score.')


def _check(scores: Tensor, name: str, k: int) -> None:
    require_int('k', k)
    require(
        scores.dim() > 0 and scores.size(-1) > 0, f'{name}.shape',
        tuple(scores.shape), '(..., T), T >= 1', 'Give a score for each '
        'candidate.')
    require(not scores.isnan().any(), name, 'NaN', 'numbers',
            'Look for NaN in the weights or the inputs of the sampler.')


def _check_same_shape(first: Tensor, second: Tensor) -> None:
    require(first.shape == second.shape, 'shape of the second score',
            tuple(second.shape), f'{tuple(first.shape)}, as the first',
            'Score the same candidates.')
