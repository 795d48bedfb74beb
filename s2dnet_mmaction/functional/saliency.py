"""What teaches a sampler which clips are worth a look (SCSampler)."""

from typing import Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .._checks import require, require_choice, require_int

TIES = ('drop', 'second')


def rank_loss(saliency: Tensor, teacher: Tensor, margin: float = 0.1,
              ties: str = 'drop') -> Tensor:
    r"""SAL-RANK: the order of two clips shall be that of the teacher.

    .. math::
        \frac{1}{|P|} \sum_{(i, j) \in P} \max(0, m - z_{ij} (s_i - s_j)),
        \quad z_{ij} = \mathrm{sign}(t_i - t_j)

    over the pairs i < j of each video.

    Args:
        saliency: (N, T) s.
        teacher: (N, T) t, the recognizer's score of the true class.
        margin: m >= 0. With 0 a constant saliency has no loss.
        ties: what becomes of pairs with equal teachers. ``'drop'``: they
            are left out of P. ``'second'``: z = -1, as in AR-Net's
            re-implementation.

    Returns:
        the loss; 0 without pairs.

    Raises:
        ValueError: if shapes differ or an option is unknown.
    """
    _check(saliency, teacher)
    require(margin >= 0, 'margin', margin, 'a number >= 0', 'Raise it.')
    require_choice('ties', ties, TIES)
    first, second = _pairs(saliency.size(1), saliency.device)
    order = (teacher[:, first] - teacher[:, second]).sign()
    if ties == 'second':
        order = order.where(order != 0, -1)
    loss = F.relu(margin - order *
                  (saliency[:, first] - saliency[:, second]))
    counted = order != 0
    # Not loss[counted]: the number of elements would wait for the device.
    return (loss * counted).sum() / counted.sum().clamp(min=1)


def salient_clips(teacher: Tensor, k: int) -> Tensor:
    """The K clips of each video that SAL-CL calls salient.

    Args:
        teacher: (N, T) scores of the true class.
        k: K; with K >= T all but the lowest are.

    Returns:
        (N, T) bool.
    """
    require_int('k', k)
    best = teacher.argsort(dim=1, descending=True, stable=True)
    best = best[:, :min(k, max(1, teacher.size(1) - 1))]
    return torch.zeros_like(teacher, dtype=torch.bool).scatter_(1, best, True)


def salient_loss(saliency: Tensor, salient: Tensor) -> Tensor:
    r"""SAL-CL: binary cross-entropy, where both classes weigh the same.

    .. math::
        \frac{1}{2} \Big( \frac{1}{|+|} \sum_{+} -\log \sigma(s_i) +
        \frac{1}{|-|} \sum_{-} -\log (1 - \sigma(s_i)) \Big)

    Args:
        saliency: (N, T) s, logits.
        salient: (N, T) bool, those in +.

    Returns:
        the loss; a class without clips adds nothing.

    Raises:
        ValueError: if shapes differ.
    """
    _check(saliency, salient)
    positive = salient.to(saliency.dtype)
    parts = []
    for mask in (positive, 1 - positive):
        losses = F.binary_cross_entropy_with_logits(
            saliency, positive, reduction='none')
        parts.append((losses * mask).sum() / mask.sum().clamp(min=1))
    return (parts[0] + parts[1]) / 2


def class_shares(labels: Tensor, num_classes: int) -> Tensor:
    """Classes of videos as shares, (N, C), of which each row sums to 1.

    Args:
        labels: (N,) int64, or (N, C) with 1 for each class of a video.
        num_classes: C.
    """
    classes = F.one_hot(labels, num_classes) if labels.dim() == 1 else labels
    return classes / classes.sum(1, keepdim=True)


def top1_accuracy(logits: Tensor, shares: Tensor) -> Tensor:
    """Share of the videos whose best class (N, C) is one of theirs."""
    best = logits.argmax(1, keepdim=True)
    return (shares.gather(1, best) > 0).float().mean()


def _pairs(count: int, device: torch.device) -> Tuple[Tensor, Tensor]:
    first, second = torch.triu_indices(count, count, 1, device=device)
    return first, second


def _check(saliency: Tensor, teacher: Tensor) -> None:
    require(
        saliency.dim() == 2 and saliency.shape == teacher.shape,
        'teacher.shape', tuple(teacher.shape),
        f'(N, T), as saliency, {tuple(saliency.shape)}',
        'Give a score of the recognizer for each clip.')
