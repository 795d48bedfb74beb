"""Which frames of a video are salient, by a recognizer and by the truth.

NSNet's guiding saliency and the labels that follow from it. What the
supplement does not say is marked as ours.
"""

import math
from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor

from .._checks import require


def guiding_feature(features: Tensor, scores: Tensor, label: int,
                    share: float = 0.3) -> Optional[Tensor]:
    """What the frames of a video that show its class best look like.

    Of the frames whose best class is the true one, the mean feature of
    the ``ceil(share n)`` (at least 1; ours) that are surest of it.

    Args:
        features: (T, d) of the recognizer.
        scores: (T, C) of the recognizer.
        label: the true class.
        share: epsilon; 30 % in the paper.

    Returns:
        (d,); None of a video without a correct frame.

    Raises:
        ValueError: if the share is out of range.
    """
    require(0 < share <= 1, 'share', share, 'a number in (0, 1]',
            'Give the share of the correct frames.')
    correct = (scores.argmax(1) == label).nonzero()[:, 0]
    if not len(correct):
        return None
    number = max(1, math.ceil(round(share * len(correct), 9)))
    order = scores[correct, label].argsort(descending=True, stable=True)
    return features[correct[order[:number]]].mean(0)


def closeness(features: Tensor, prototype: Tensor) -> Tensor:
    """Cosine of the angle between features (T, d) and a prototype (d,).

    The paper has "distance in feature space"; the cosine is ours.
    """
    return F.cosine_similarity(features, prototype[None], dim=1)


def frame_targets(saliency: Tensor, classes: Tensor,
                  hard: bool = False) -> Tensor:
    """What each frame shows: the classes of the video, or nothing of them.

    Class C, the last one, is "not salient". It gets ``1 - g`` of a frame of
    saliency g, and the classes of the video share g (ours).

    Args:
        saliency: (N, T) g, 0 ... 1.
        classes: (N, C), of which each row sums to 1.
        hard: g becomes 1 for the ``ceil(T / 2)`` most salient frames of a
            video, and 0 for the others.

    Returns:
        (N, T, C + 1), of which each row sums to 1.

    Raises:
        ValueError: if a saliency is out of range.
    """
    require(bool(((saliency >= 0) & (saliency <= 1)).all()), 'saliency',
            f'{float(saliency.min()):.3g} to {float(saliency.max()):.3g}',
            'numbers in [0, 1]', 'Give the guiding saliency that '
            'tools/build_prototypes.py writes.')
    if hard:
        half = -(-saliency.size(1) // 2)
        best = saliency.argsort(dim=1, descending=True, stable=True)
        saliency = torch.zeros_like(saliency).scatter(1, best[:, :half], 1.)
    return torch.cat([saliency[..., None] * classes[:, None],
                      1 - saliency[..., None]], dim=2)
