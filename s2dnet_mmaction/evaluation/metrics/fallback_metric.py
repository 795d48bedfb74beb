"""How many videos lacked a view of a sampler."""

from typing import Any, Dict, List, Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric


@METRICS.register_module()
class FallbackMetric(BaseMetric):
    """Videos in which another score took the place of one, by its name.

    For a :class:`SampledRecognizer` with ``fallback``: ``fallback/audio`` is
    the number of videos without sound.
    """

    default_prefix = 'fallback'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the names of the scores that were replaced."""
        self.results += [list(sample['fell_back'])
                         for sample in data_samples]

    def compute_metrics(self, results: List[List[str]]) -> Dict[str, int]:
        """Count."""
        names = sorted({name for one in results for name in one})
        counts = {name: sum(name in one for one in results)
                  for name in names}
        return dict(counts, videos=len(results))
