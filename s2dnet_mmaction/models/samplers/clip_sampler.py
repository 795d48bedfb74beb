"""A sampler that scores each clip by itself, from images."""

from typing import Any, Dict, Optional

import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.model import normal_init
from torch import Tensor

from .sampler import Sampler, build_objective
from .view_backbone import ViewBackbone


@MODELS.register_module()
class ClipSampler(ViewBackbone, Sampler):
    """A small network that looks at a few small frames of a clip.

    .. code-block:: text

        F frames --> backbone --> mean --> dropout --> fc --> outputs
                                                  objective: saliency, loss

    Args:
        backbone: config of any backbone.
        num_classes: of the data set.
        objective: config of :class:`ActionObjective`,
            :class:`SalientObjective`, :class:`RankObjective` or one of
            one's own.
        dropout_ratio: before the classifier (MMAction2's TSN: 0.5).
        init_std: of the classifier's weights (MMAction2's TSN: 0.01).
        others: as of :class:`ViewBackbone`. The file of ``init_cfg`` may
            also have the classifier.

    Raises:
        ValueError: if an option is out of range.
    """

    def __init__(self, backbone: dict, num_classes: int, objective: dict,
                 dropout_ratio: float = 0.5, init_std: float = 0.01,
                 **others: Any) -> None:
        super().__init__(backbone, **others)
        self.objective = build_objective(objective)
        self.needs_teacher = self.objective.needs_teacher
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(self.out_channels,
                            self.objective.num_outputs(num_classes))
        self.init_std = init_std

    def init_weights(self) -> None:
        """Initialise; then fill backbone and classifier from the file."""
        if self.is_init:
            return
        super().init_weights()
        normal_init(self.fc, std=self.init_std)
        if self.pretrained is not None:
            self.pretrained.load_classifier(self.fc)

    def forward(self, views: Tensor) -> Tensor:
        """(n, F, C, H, W) raw frames, 0..255 -> (n, O) outputs."""
        return self.fc(self.dropout(self.embed(views)))

    def score(self, views: Tensor) -> Tensor:
        """See :class:`Sampler`."""
        return self.objective.saliency(self(views))

    def loss(self, views: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """See :class:`Sampler`."""
        outputs = self(views.flatten(0, 1)).unflatten(0, views.shape[:2])
        return self.objective.loss(outputs, labels, teacher)
