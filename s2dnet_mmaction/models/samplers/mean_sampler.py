"""Samplers of one view whose scores are averaged."""

from typing import Dict, Optional

from mmaction.registry import MODELS
from mmengine.model import BaseModule, ModuleDict
from torch import Tensor

from ..common.options import build_module
from .sampler import Sampler


@MODELS.register_module()
class MeanSampler(BaseModule, Sampler):
    """The mean of the saliency of several samplers that see one view.

    Motion vectors and residuals, for example, each have a network of their
    own (CoViAR). How SCSampler joins them is not known: the mean is ours.

    Args:
        samplers: configs by name. Each is trained by its own loss.
    """

    def __init__(self, samplers: Dict[str, dict]) -> None:
        super().__init__()
        # mmengine's initialises its modules; torch's does not.
        self.samplers = ModuleDict({
            name: build_module('sampler', config)
            for name, config in samplers.items()})
        self.needs_teacher = any(
            each.needs_teacher for each in self.samplers.values())

    def score(self, views: Tensor) -> Tensor:
        """See :class:`Sampler`."""
        scores = [each.score(views) for each in self.samplers.values()]
        return sum(scores) / len(scores)

    def loss(self, views: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """See :class:`Sampler`; names begin with those of the samplers."""
        return {f'{name}_{key}': value
                for name, each in self.samplers.items()
                for key, value in each.loss(views, labels, teacher).items()}
