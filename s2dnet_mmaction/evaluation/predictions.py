"""What a file of predictions says about a network."""

from typing import List, NamedTuple, Optional, Tuple

import numpy as np
import pandas as pd
from mmengine.fileio import load

from .._checks import require

CALIBRATION_BINS = 10


class Predictions(NamedTuple):
    """Predictions of B videos with one true class each.

    Attributes:
        labels: (B,) true classes.
        answer: (B, N) scores of the network.
        synopsis: (B, N) scores of the synopsis net; None: it has none.
        topk: (B, k) its likely actions, the most likely first; likewise.
        exited: (B,) whether each ended after the synopsis; None: the model
            had no exit.
    """
    labels: np.ndarray
    answer: np.ndarray
    synopsis: Optional[np.ndarray] = None
    topk: Optional[np.ndarray] = None
    exited: Optional[np.ndarray] = None

    @property
    def answered(self) -> np.ndarray:
        """(B,) the class of each answer."""
        return self.answer.argmax(1)

    @property
    def right(self) -> np.ndarray:
        """(B,) whether each answer is right."""
        return self.answered == self.labels


def read_predictions(path: str) -> Predictions:
    """Read what ``tools/test.py --dump`` wrote.

    Raises:
        ValueError: if it holds something else, or a video has several classes
            or one that has no score.
    """
    samples = load(path)
    require(isinstance(samples, list) and samples and all(
        isinstance(sample, dict) and 'pred_score' in sample
        for sample in samples), 'predictions', f'{path} with something else',
        'a list of predictions of recognizers',
        'Write it with python tools/test.py CONFIG CHECKPOINT --dump FILE.')
    labels = [np.ravel(sample['gt_label']) for sample in samples]
    require(all(len(label) == 1 for label in labels), 'gt_label',
            f'several classes of a video in {path}', 'one class a video',
            'This report is not for multi-label data.')

    labels = np.concatenate(labels)
    number = len(np.ravel(samples[0]['pred_score']))
    for i in np.flatnonzero((labels < 0) | (labels >= number)):
        require(False, 'gt_label', f'{labels[i]} of video {i} in {path}',
                f'0 <= label < {number}, the number of scores',
                'Correct the list of the test data set.')

    def stacked(name: str) -> Optional[np.ndarray]:
        if name not in samples[0]:
            return None
        return np.stack([np.asarray(sample[name]) for sample in samples])

    return Predictions(labels, stacked('pred_score'),
                       stacked('synopsis_score'), stacked('topk_label'),
                       stacked('exited'))


def recall_at_k(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(N,) share of the videos whose class is among the k best, k = 1..N.

    Of equal scores the true class counts as the last.
    """
    own = np.take_along_axis(scores, labels[:, None], axis=1)
    ranks = (scores >= own).sum(1)  # 1 is the best
    counts = np.bincount(ranks, minlength=scores.shape[1] + 1)
    return counts.cumsum()[1:] / len(labels)


def calibration(scores: np.ndarray, labels: np.ndarray,
                num_bins: int = CALIBRATION_BINS) -> pd.DataFrame:
    """Accuracy of the answers by their score, in bins of equal width.

    Returns:
        one row for each bin with answers: ``low``, ``high``, ``videos``,
        ``score`` (mean) and ``accuracy``.
    """
    best = scores.max(1)
    edges = np.linspace(0, 1, num_bins + 1)
    bins = np.clip(np.searchsorted(edges, best, side='right') - 1, 0,
                   num_bins - 1)
    table = pd.DataFrame(dict(
        bin=bins, score=best, accuracy=scores.argmax(1) == labels))
    rows = table.groupby('bin').agg(
        videos=('score', 'size'), score=('score', 'mean'),
        accuracy=('accuracy', 'mean'))
    rows.insert(0, 'low', edges[rows.index])
    rows.insert(1, 'high', edges[rows.index + 1])
    return rows.reset_index(drop=True)


def calibration_error(bins: pd.DataFrame) -> float:
    """Expected calibration error: mean |accuracy - score| of the videos."""
    gap = (bins['accuracy'] - bins['score']).abs()
    return float((gap * bins['videos']).sum() / bins['videos'].sum())


def per_class(predictions: Predictions, names: List[str]) -> pd.DataFrame:
    """Videos, recall, precision and the most frequent wrong answer.

    Returns:
        one row for each class with a video or an answer. ``recall``: share
        of its videos that are answered with it; ``precision``: share of the
        answers with it that are right; ``in top k``: share of its videos
        that have it among their likely actions.
    """
    answered, labels = predictions.answered, predictions.labels
    rows = []
    for label in np.union1d(labels, answered):
        own, chosen = labels == label, answered == label
        wrong = answered[own & ~predictions.right]
        values, counts = np.unique(wrong, return_counts=True)
        row = {'class': names[label], 'videos': int(own.sum()),
               'recall': _share(predictions.right, own),
               'precision': _share(predictions.right, chosen)}
        if predictions.topk is not None:
            row['in top k'] = _share(
                (predictions.topk == label).any(1), own)
        row['most often taken for'] = '' if not len(values) else (
            f'{names[values[counts.argmax()]]} ({counts.max()})')
        rows.append(row)
    return pd.DataFrame(rows)


def _share(which: np.ndarray, among: np.ndarray) -> float:
    return float(which[among].mean()) if among.any() else float('nan')


def confusions(predictions: Predictions, names: List[str]) -> pd.DataFrame:
    """Pairs of true class and wrong answer, the most frequent first.

    ``in top k``: how often the true class was among the likely actions, so
    that the detail net could have chosen it.
    """
    wrong = ~predictions.right
    table = pd.DataFrame(dict(
        truth=predictions.labels[wrong], answer=predictions.answered[wrong]))
    if predictions.topk is not None:
        table['in top k'] = (
            predictions.topk == predictions.labels[:, None]).any(1)[wrong]
    rows = table.assign(videos=1).groupby(
        ['truth', 'answer'], as_index=False).sum()
    rows = rows.sort_values('videos', ascending=False, kind='stable')
    for column in ('truth', 'answer'):
        rows[column] = [names[label] for label in rows[column]]
    return rows.reset_index(drop=True)


def rescued_and_spoiled(predictions: Predictions
                        ) -> Tuple[np.ndarray, np.ndarray]:
    """Numbers of the videos that the detail net changed.

    Returns:
        rescued: the synopsis net's most likely class is wrong, the answer
        right; spoiled: the other way round. The largest change of the true
        class' score first.
    """
    require(predictions.synopsis is not None, 'predictions',
            'no synopsis_score', 'those of an S2DNet',
            'Other recognizers have no synopsis net.')
    before = predictions.synopsis.argmax(1) == predictions.labels
    rows = np.arange(len(before))
    gain = (predictions.answer - predictions.synopsis)[
        rows, predictions.labels]
    rescued = rows[~before & predictions.right]
    spoiled = rows[before & ~predictions.right]
    return (rescued[np.argsort(-gain[rescued], kind='stable')],
            spoiled[np.argsort(gain[spoiled], kind='stable')])
