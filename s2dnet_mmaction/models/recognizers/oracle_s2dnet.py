"""S2DNet with true places in place of f_theta, for comparison."""

from typing import Any, Dict, Tuple

import torch
from mmaction.registry import MODELS
from mmaction.utils import OptSampleList
from torch import Tensor

from ..._checks import require
from ..common.temporary_attributes import temporary_attributes
from ..necks import OracleSampler
from .s2dnet import S2DNet, Skimmed


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
        ValueError: if the neck is another, videos are blended, a data
            sample has no ``place``, or the mode is ``'tensor'``, which has
            no data samples.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        require(isinstance(self.neck, OracleSampler), 'neck.type',
                type(self.neck).__name__, 'OracleSampler',
                'Use S2DNet for a sampler that learns.')
        require(self.data_preprocessor.blending is None,
                'data_preprocessor.blending', 'a blending of videos',
                'None: a mix of two videos has two places',
                'Train without it.')

    def look(self, frames: Tensor, lengths: Tensor, skimmed: Skimmed,
             data_samples: OptSampleList) -> Tuple[Tensor, Dict[str, Any]]:
        """See :class:`S2DNet`; with the window at the true place."""
        require(data_samples is not None, 'mode', "'tensor'",
                "'loss' or 'predict'",
                'The true places are in the data samples. To count '
                'operations use an S2DNet with the same nets.')
        for sample in data_samples:
            require(
                'place' in sample.metainfo, 'data sample', 'no place',
                'metainfo with place=(t, y, x)',
                'Read the places (PlacedVideoDataset) and keep them: '
                "PackActionInputs(meta_keys=(..., 'place')).")
        places = frames.new_tensor([sample.place for sample in data_samples],
                                   dtype=torch.float32)
        places = places.repeat_interleave(len(frames) // len(places), dim=0)
        with temporary_attributes(self.neck, places=places):
            return super().look(frames, lengths, skimmed, data_samples)
