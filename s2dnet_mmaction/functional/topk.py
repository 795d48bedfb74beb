"""The top-k vector s (Sec. 3.1): the k most likely actions."""

import torch
from torch import Tensor

from .._checks import require, require_choice, require_int

TOPK_MODES = ('hard', 'soft')


def check_topk(k: int, num_classes: int, mode: str) -> None:
    """Raise TypeError / ValueError unless 1 <= k <= N and mode is known."""
    require_int('k', k)
    require(k <= num_classes, 'k', k,
            f'at most the number of classes, {num_classes}',
            'Lower k or raise num_classes.')
    require_choice('topk_mode', mode, TOPK_MODES)


def topk_vector(probs: Tensor, k: int, mode: str = 'hard') -> Tensor:
    """Binarise class probabilities to the k most likely actions.

    ``'hard'``: 1 for the k largest, 0 elsewhere. ``'soft'``: p itself (the
    supplement's second scheme).

    Convention: no gradient flows through s. Otherwise a soft s would let the
    gated loss decrease by lowering p(y).

    Args:
        probs: (B, N) class probabilities (or logits, for ``'hard'``).
        k: number of actions, 1 <= k <= N.
        mode: ``'hard'`` or ``'soft'``.

    Returns:
        (B, N) vector s.

    Raises:
        TypeError: if k is not an int.
        ValueError: if k is not in [1, N] or ``mode`` is unknown.
    """
    check_topk(k, probs.size(-1), mode)
    probs = probs.detach()
    if mode == 'soft':
        return probs
    index = probs.topk(k, dim=-1).indices
    return torch.zeros_like(probs).scatter_(-1, index, 1)
