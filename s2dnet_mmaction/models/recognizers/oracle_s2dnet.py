"""S2DNet with true places in place of f_theta, for comparison."""

from typing import Dict, Optional

import torch
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from torch import Tensor

from ..._checks import require
from ..common.temporary_attributes import temporary_attributes
from ..necks import OracleSampler
from .s2dnet import S2DNet


@MODELS.register_module()
class OracleS2DNet(S2DNet):
    """S2DNet with an :class:`OracleSampler`; data samples give the places.

    Its accuracy is an upper bound for samplers on a data set with known
    places: DNet always gets the detail.

    The metainfo of each data sample must have ``place``: (t, y, x), relative
    in [-1, 1] like the centres of theta
    (``PackActionInputs(meta_keys=(..., 'place'))``).

    Args: as :class:`S2DNet`; ``neck`` an OracleSampler.

    Raises:
        ValueError: if the neck is another, a sample has no ``place``, or the
            model is run in mode ``'tensor'``, without data samples.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        require(
            isinstance(self.neck, OracleSampler), 'neck.type',
            type(self.neck).__name__, 'OracleSampler',
            'Use S2DNet for a sampler that learns.')

    def loss(self,
             inputs: Tensor,
             data_samples: SampleList,
             lengths: Optional[Tensor] = None) -> Dict[str, Tensor]:
        """Losses with the window at the true place."""
        with temporary_attributes(
                self.neck, places=_places(inputs, data_samples)):
            return super().loss(inputs, data_samples, lengths)

    def predict(self,
                inputs: Tensor,
                data_samples: SampleList,
                lengths: Optional[Tensor] = None) -> SampleList:
        """Predictions with the window at the true place."""
        with temporary_attributes(
                self.neck, places=_places(inputs, data_samples)):
            return super().predict(inputs, data_samples, lengths)

    def _forward(self,
                 inputs: Tensor,
                 stage: str = 'backbone',
                 lengths: Optional[Tensor] = None) -> Tensor:
        """Raise ValueError: without data samples there are no places."""
        raise ValueError(
            "mode: got 'tensor', expected 'loss' or 'predict'. The true "
            'places are in the data samples. To count operations use an '
            'S2DNet with the same nets.')


def _places(inputs: Tensor, data_samples: SampleList) -> Tensor:
    """(N V, 3) as (t, y, x)."""
    for sample in data_samples:
        require(
            'place' in sample.metainfo, 'data sample', 'no place',
            'metainfo with place=(t, y, x)',
            'Read the places (PlacedVideoDataset) and keep them: '
            "PackActionInputs(meta_keys=(..., 'place')).")
    places = torch.tensor([sample.place for sample in data_samples],
                          dtype=torch.float32,
                          device=inputs.device)
    views = inputs.size(1) if inputs.dim() == 6 else 1
    return places.repeat_interleave(views, dim=0)
