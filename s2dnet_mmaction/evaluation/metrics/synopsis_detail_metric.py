"""Accuracy of both networks in one table."""

from typing import Any, Dict, List, Sequence

import numpy as np
from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS

from ..._checks import require


@METRICS.register_module()
class SynopsisDetailMetric(AccMetric):
    """AccMetric of S2DNet's answer and of its synopsis network alone.

    ``acc/top1``, ``acc/top5``, ``acc/mean1``: the answer, the same numbers
    as AccMetric's. ``acc/synopsis_top1``, ...: the synopsis network.
    ``acc/topk_recall``: share of videos whose action is among its k likely
    actions; with a hard s and one view the ceiling of ``acc/top1``.

    The answer is zero outside the k actions. Where a top-n needs more of
    them (k < n), the others follow in the order of the synopsis network.

    Args: as AccMetric.
    """

    def process(self, data_batch: Sequence[Any],
                data_samples: Sequence[Dict]) -> None:
        """Keep scores and labels of one batch."""
        for sample in data_samples:
            require(
                'synopsis_score' in sample, 'prediction',
                'no synopsis_score', 'the prediction of an S2DNet',
                'Use AccMetric for other recognizers.')
            answer = sample['pred_score'].cpu().numpy()
            synopsis = sample['synopsis_score'].cpu().numpy()
            label = sample['gt_label'].cpu().numpy()
            require(
                len(label) > 1 or 0 <= label[0] < len(answer), 'gt_label',
                label[0], f'0 <= label < num_classes={len(answer)}',
                'Correct the label in the annotation file, or set '
                'model.cls_head.num_classes.')
            self.results.append(dict(
                # synopsis - 1 < 0 <= answer: after the k, in order.
                pred=np.where(answer > 0, answer, synopsis - 1),
                synopsis=synopsis, topk=sample['topk_label'].cpu().numpy(),
                label=label.item() if len(label) == 1 else label))

    def compute_metrics(self, results: List[Dict]) -> Dict[str, float]:
        """Accuracies over all videos."""
        labels = [result['label'] for result in results]
        metrics = self.calculate([r['pred'] for r in results], labels)
        synopsis = self.calculate([r['synopsis'] for r in results], labels)
        metrics.update({f'synopsis_{k}': v for k, v in synopsis.items()})
        if np.ndim(labels[0]) == 0:
            metrics['topk_recall'] = float(
                np.mean([r['label'] in r['topk'] for r in results]))
        return metrics
