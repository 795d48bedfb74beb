"""The classifier of MobileNetV3 for frames."""

from typing import Any

import torch.nn as nn
from mmaction.models.heads import TSMHead
from mmaction.registry import MODELS
from mmengine.model import normal_init
from torch import Tensor


@MODELS.register_module()
class MobileNetV3Head(TSMHead):
    """TSMHead with a hidden layer, for each frame: mean, linear layer, hard
    swish, dropout, classifier; then the mean over the frames.

    Args:
        num_classes: K.
        in_channels: of the features.
        mid_channels: of the hidden layer (1280 in MobileNetV3-Large).
        options: those of TSMHead.
    """

    def __init__(self, num_classes: int, in_channels: int,
                 mid_channels: int = 1280, **options: Any) -> None:
        super().__init__(num_classes, mid_channels, **options)
        self.in_channels = in_channels
        self.fc = nn.Linear(in_channels, mid_channels)
        self.act = nn.Hardswish()

    def init_weights(self) -> None:
        """Initialise both layers."""
        super().init_weights()
        normal_init(self.fc, std=self.init_std)

    def forward(self, x: Tensor, num_segs: int, **kwargs: Any) -> Tensor:
        """Features (N T, C, h, w) -> logits (N, K)."""
        hidden = self.act(self.fc(x.mean((2, 3))))
        return super().forward(hidden[..., None, None], num_segs)
