"""Keep ratios of AFNet, and their cost."""

import math
from typing import Any, Dict, List, Sequence

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..._checks import require


@METRICS.register_module()
class KeepRatioMetric(BaseMetric):
    """Realised keep ratios and the multiply-adds that follow from them.

    ``keep/ratio``: mean share of the frames that the focal blocks saw;
    ``keep/block0``, ...: of each block; ``keep/gmacs``: mean multiply-adds
    of a video in 1e9, convolutions and linear layers.

    ``keep/at_place``, if samples have the ``place`` (t, y, x) of a detail in
    their metainfo, as for :class:`PlaceMetric`: the ratio of the one frame
    that is nearest to t. Frames chosen without looking would give
    ``keep/ratio``. It needs ``frame_inds`` and ``total_frames`` in the
    metainfo too.

    Predictions need ``keep_masks`` and ``macs``: ``model.test_cfg=dict(
    return_masks=True)`` of an :class:`AFNet`. List this metric after the
    accuracy metric: ``save_best='auto'`` takes the first number.

    Args: as mmengine's BaseMetric.

    Raises:
        ValueError: in an evaluation, if a prediction lacks them.
    """

    default_prefix = 'keep'

    def process(self, data_batch: Sequence[Any],
                data_samples: Sequence[Dict]) -> None:
        """Keep the ratios and the cost of each video of a batch."""
        for sample in data_samples:
            require('keep_masks' in sample, 'prediction', 'no keep_masks',
                    'those of an AFNet',
                    'Set model.test_cfg=dict(return_masks=True).')
            masks = sample['keep_masks'].float()
            at_place = math.nan if sample.get('place') is None else float(
                masks[:, _nearest(sample)].mean())
            self.results.append([*masks.mean(1).tolist(), at_place,
                                 sample['macs'] / 1e9])

    def compute_metrics(self, results: List[List[float]]
                        ) -> Dict[str, float]:
        """Means over the videos."""
        *blocks, _, gmacs = np.mean(results, axis=0).tolist()
        numbers = dict(
            {'ratio': float(np.mean(blocks))},
            **{f'block{i}': one for i, one in enumerate(blocks)}, gmacs=gmacs)
        at_places = [row[-2] for row in results if not math.isnan(row[-2])]
        if at_places:
            numbers['at_place'] = float(np.mean(at_places))
        return numbers


def _nearest(sample: Dict) -> int:
    """Number of the frame that is nearest to the place."""
    for name in ('frame_inds', 'total_frames'):
        require(sample.get(name) is not None, 'data sample', f'no {name}',
                'it beside place',
                f"Add PackActionInputs(meta_keys=(..., '{name}')).")
    times = 2 * np.ravel(sample['frame_inds']) / (
        max(2, sample['total_frames']) - 1) - 1
    return int(np.abs(times - float(sample['place'][0])).argmin())
