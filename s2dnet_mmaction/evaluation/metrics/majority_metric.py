"""Accuracy of always answering the most frequent class."""

from collections import Counter
from typing import Any, Dict, List, Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ...datasets.annotation_list import read_lines, split_line


@METRICS.register_module()
class MajorityMetric(BaseMetric):
    """``majority/top1``: accuracy of the training set's commonest class.

    An accuracy says little unless it is above this one. Of several classes
    that are equally frequent in training, the lowest label counts.

    Args:
        ann_file: list of the training set, lines ``<file> <label>``. It is
            read at the end of an evaluation.
        kwargs: those of mmengine's BaseMetric.

    Raises:
        OSError: in an evaluation, if the file cannot be read.
        ValueError: in an evaluation, if a line is malformed.
    """

    default_prefix = 'majority'

    def __init__(self, ann_file: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ann_file = ann_file

    def process(self, data_batch: Sequence[Any],
                data_samples: Sequence[Dict]) -> None:
        """Keep the label of each video of a batch."""
        self.results += [int(sample['gt_label']) for sample in data_samples]

    def compute_metrics(self, results: List[int]) -> Dict[str, float]:
        """Share of the videos that have the class."""
        counts = Counter(
            split_line(f'line {number} of {self.ann_file}', line, '<file>',
                       {'<label>': int}, ' ')[1][0]
            for number, line in read_lines(self.ann_file))
        answer = min(counts, key=lambda label: (-counts[label], label))
        return dict(top1=results.count(answer) / len(results))
