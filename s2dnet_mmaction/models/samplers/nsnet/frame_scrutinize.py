"""NSNet's branch that judges each frame (FS)."""

from typing import Tuple

import torch.nn as nn
from mmengine.model import normal_init
from torch import Tensor

from ...._checks import require_choice


class FrameScrutinize(nn.Module):
    """Classes of a frame, one of which is "not salient".

    .. code-block:: text

        (N, T, d) --> fc --> C + 1 classes --> saliency

    Args:
        channels: d.
        num_classes: C.
        saliency: ``'salient'``: ``1 - p(not salient)``; ``'class'``: the
            largest probability of a class. Both are ours.
        init_std: of the weights (MMAction2's TSN: 0.01).
    """

    def __init__(self, channels: int, num_classes: int,
                 saliency: str = 'salient', init_std: float = 0.01) -> None:
        super().__init__()
        require_choice('saliency', saliency, ('salient', 'class'))
        self.saliency = saliency
        self.fc = nn.Linear(channels, num_classes + 1)
        normal_init(self.fc, std=init_std)

    def forward(self, features: Tensor) -> Tuple[Tensor, Tensor]:
        """(N, T, d) -> logits (N, T, C + 1), saliency (N, T)."""
        logits = self.fc(features)
        shares = logits.softmax(-1)
        if self.saliency == 'salient':
            return logits, 1 - shares[..., -1]
        return logits, shares[..., :-1].amax(-1)
