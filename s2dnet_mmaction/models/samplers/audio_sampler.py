"""A sampler that listens."""

from typing import Dict, Optional

import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.model import BaseModule, normal_init
from torch import Tensor

from ..common.options import build_module
from .sampler import Sampler, build_objective


@MODELS.register_module()
class AudioSampler(BaseModule, Sampler):
    """A network that listens to the neighbourhood of a clip.

    A video without sound has no view; see ``fallback`` of
    :class:`SampledRecognizer`.

    Args:
        backbone: config of :class:`VGGish` or another network from
            spectrograms (n, 1, bands, steps) to (n, ``out_channels``). With
            ``frozen=True`` only the classifier is trained.
        num_classes: of the data set.
        objective: see :class:`ClipSampler`.
        dropout_ratio: before the classifier.
        init_std: of the classifier's weights.
        init_cfg: mmengine's.
    """

    def __init__(self, backbone: dict, num_classes: int, objective: dict,
                 dropout_ratio: float = 0.5, init_std: float = 0.01,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.backbone = build_module('backbone', backbone)
        self.objective = build_objective(objective)
        self.needs_teacher = self.objective.needs_teacher
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(self.backbone.out_channels,
                            self.objective.num_outputs(num_classes))
        self.init_std = init_std

    def init_weights(self) -> None:
        """Initialise, and load the files of the parts."""
        super().init_weights()
        normal_init(self.fc, std=self.init_std)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """(n, 1, bands, steps) log-mel -> (n, O) outputs."""
        return self.fc(self.dropout(self.backbone(spectrograms)))

    def score(self, views: Tensor) -> Tensor:
        """See :class:`Sampler`."""
        return self.objective.saliency(self(views))

    def loss(self, views: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """See :class:`Sampler`."""
        outputs = self(views.flatten(0, 1)).unflatten(0, views.shape[:2])
        return self.objective.loss(outputs, labels, teacher)
