"""Do a sampler and the recognizer agree on what is salient?"""

from typing import Any, Dict, List, Sequence

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..._checks import require


@METRICS.register_module()
class SaliencyCorrelationMetric(BaseMetric):
    """Pearson's correlation with the guiding saliency, mean over videos.

    ``saliency/<name>`` for each score of the samplers. Where one of both is
    the same for all candidates there is no correlation; such a video counts
    as 0.

    Predictions need ``saliency`` (``model.test_cfg=dict(
    return_saliency=True)`` of a :class:`SampledRecognizer`) and
    ``true_scores`` (:class:`LoadClipScores`).

    Raises:
        ValueError: if a prediction lacks one of them.
    """

    default_prefix = 'saliency'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Compare the scores of each video."""
        for sample in data_samples:
            require(sample.get('true_scores') is not None
                    and sample.get('saliency') is not None, 'prediction',
                    'none of saliency and true_scores, or one', 'both',
                    'Set model.test_cfg=dict(return_saliency=True), and add '
                    'LoadClipScores to the pipeline, before SkimFirst.')
            truth = np.asarray(sample['true_scores'], np.float64)
            self.results.append({
                name: correlation(np.asarray(values, np.float64), truth)
                for name, values in sample['saliency'].items()})

    def compute_metrics(self, results: List[Dict[str, float]]
                        ) -> Dict[str, float]:
        """Means over the videos."""
        return {name: float(np.mean([each[name] for each in results]))
                for name in results[0]}


def correlation(scores: np.ndarray, truth: np.ndarray) -> float:
    """Of those that were looked at; 0 where there is none."""
    looked_at = np.isfinite(scores)
    scores, truth = scores[looked_at], truth[looked_at]
    if min(scores.std(), truth.std()) < 1e-12:
        return 0.0
    return float(np.corrcoef(scores, truth)[0, 1])
