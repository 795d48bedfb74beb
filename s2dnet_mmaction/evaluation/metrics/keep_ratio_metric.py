"""How many frames the focal blocks of AFNet saw."""

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
            ratios = sample['keep_masks'].float().mean(1).tolist()
            self.results.append([*ratios, sample['macs'] / 1e9])

    def compute_metrics(self, results: List[List[float]]
                        ) -> Dict[str, float]:
        """Means over the videos."""
        *blocks, gmacs = np.mean(results, axis=0).tolist()
        return dict({'ratio': float(np.mean(blocks))},
                    **{f'block{i}': one for i, one in enumerate(blocks)},
                    gmacs=gmacs)
