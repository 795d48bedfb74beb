"""NSNet's branch that sees the video as a whole (VG)."""

from typing import NamedTuple

import torch.nn as nn
from mmengine.model import normal_init
from torch import Tensor


class Glimpse(NamedTuple):
    """What the branch gives.

    Attributes:
        salient: (N, C + 1) logits of the salient representation.
        non_salient: (N, C + 1) logits of the other one.
        saliency: (N, T), the attention.
    """
    salient: Tensor
    non_salient: Tensor
    saliency: Tensor


class VideoGlimpse(nn.Module):
    """Attention over the frames, and what it leaves out.

    .. code-block:: text

        x --> fc --> sigmoid --> a --> sum a x / sum a             --> classes
                                 |---> sum (1 - a) x / sum (1 - a) --> classes

    Both representations are classified by the same layer. That it is a
    sigmoid, and these means, is ours.

    Args:
        channels: d.
        num_classes: C.
        attention_dropout_ratio: after the attention (supplement: 0.2).
        dropout_ratio: before the classifier (supplement: 0.9).
        init_std: of the weights (MMAction2's TSN: 0.01).
    """

    def __init__(self, channels: int, num_classes: int,
                 attention_dropout_ratio: float = 0.2,
                 dropout_ratio: float = 0.9,
                 init_std: float = 0.01) -> None:
        super().__init__()
        self.attend = nn.Linear(channels, 1)
        self.attention_dropout = nn.Dropout(attention_dropout_ratio)
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(channels, num_classes + 1)
        for layer in (self.attend, self.fc):
            normal_init(layer, std=init_std)

    def forward(self, features: Tensor) -> Glimpse:
        """(N, T, d) -> logits and saliency."""
        scores = self.attend(features)[..., 0]
        attention = scores.sigmoid()
        # 1 - sigmoid(x) as sigmoid(-x), which is not 0 in half precision.
        salient, non_salient = (
            self.fc(self.dropout(_mean(features, self.attention_dropout(
                weights)))) for weights in (attention, (-scores).sigmoid()))
        return Glimpse(salient, non_salient, attention)


def _mean(features: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean over the frames, (N, T, d), (N, T) -> (N, d)."""
    total = weights.sum(1, keepdim=True).clamp(min=1e-6)
    return ((weights / total)[..., None] * features).sum(1)
