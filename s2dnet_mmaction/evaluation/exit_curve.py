"""What an exit after the synopsis costs and saves, from predictions."""

from typing import Optional

import numpy as np
import pandas as pd

from .._checks import require
from .predictions import Predictions


def exit_curve(predictions: Predictions, synopsis_macs: float,
               total_macs: float) -> pd.DataFrame:
    """Accuracy and cost at each threshold that makes a difference.

    Args:
        predictions: of an S2DNet without exit, of videos that it was not
            trained on.
        synopsis_macs: multiply-adds of a video that ends after the synopsis.
        total_macs: those of one that goes on to the detail net.

    Returns:
        one row for each number of videos that end, from none to all:
        ``threshold`` (1 ends none, 0 all), ``exited`` and ``accuracy``
        (shares of the videos), and ``macs`` (mean of a video).

    Raises:
        ValueError: if the predictions are not of an S2DNet without exit.
    """
    require(predictions.synopsis is not None, 'predictions',
            'no synopsis_score', 'those of an S2DNet',
            'Other recognizers have no exit after a synopsis.')
    require(predictions.exited is None or not predictions.exited.any(),
            'predictions', 'those of videos that '
            'ended after the synopsis', 'those of a test without exit, which '
            'has both answers of each video',
            'Test again without exit_threshold.')
    sure = predictions.synopsis.max(1)
    order = np.argsort(-sure, kind='stable')
    sure, number = sure[order], len(sure)
    early = (predictions.synopsis.argmax(1) == predictions.labels)[order]
    late = predictions.right[order]
    ended = np.arange(number + 1)
    right = np.concatenate([[0], early.cumsum()]) + np.concatenate(
        [late[::-1].cumsum()[::-1], [0]])
    # Those end that are above the score of the first that does not. Videos
    # that are equally sure end together.
    thresholds = np.concatenate([[1.0], sure[1:].astype(float), [0.0]])
    possible = np.concatenate([[True], sure[:-1] > sure[1:], [True]])
    exited = ended / number
    macs = synopsis_macs + (1 - exited) * (total_macs - synopsis_macs)
    table = pd.DataFrame(dict(
        threshold=thresholds, exited=exited, accuracy=right / number,
        macs=macs))
    return table[possible].reset_index(drop=True)


def choose_exit(curve: pd.DataFrame, budget: Optional[float] = None,
                max_drop: Optional[float] = None) -> pd.Series:
    """The row of :func:`exit_curve` to use.

    Args:
        curve: rows to choose from.
        budget: largest mean number of multiply-adds; the most accurate row
            within it is chosen, of equal ones the cheapest.
        max_drop: largest loss of accuracy against the model without exit, as
            a share; the cheapest row within it is chosen.

    Raises:
        ValueError: unless one of the two is given, or no row fits.
    """
    require((budget is None) != (max_drop is None), 'budget and max_drop',
            f'{budget} and {max_drop}', 'one of them',
            'Give the cost that you can pay, or the accuracy to give up.')
    if budget is not None:
        rows = curve[curve['macs'] <= budget]
        require(len(rows), 'budget', f'{budget / 1e9:.3f} GMACs',
                f'at least {curve["macs"].min() / 1e9:.3f}, the cost of the '
                'synopsis net', 'Raise it, or use a smaller synopsis net.')
        rows = rows.sort_values(['accuracy', 'macs'], ascending=[False, True])
    else:
        require(max_drop >= 0, 'max_drop', max_drop, 'a share >= 0',
                'Write 0.005 for half a point.')
        # The row without exits always fits.
        least = curve['accuracy'].iloc[0] - max_drop
        # of a count of videos: rounding must not move it
        rows = curve[curve['accuracy'] >= least - 1e-9].sort_values('macs')
    return rows.iloc[0]
