"""One HTML page about the predictions for a data set."""

import base64
import io
from pathlib import Path
from typing import Any, Callable, List, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ..evaluation.predictions import (
    Predictions,
    calibration,
    calibration_error,
    confusions,
    per_class,
    recall_at_k,
    rescued_and_spoiled,
)
from .template import render

_ANSWER_COLOUR, _SYNOPSIS_COLOUR = '#0072b2', '#e69f00'
_MOST_CONFUSIONS = 30


def write_prediction_report(path: Path, predictions: Predictions,
                            names: List[str], videos: Sequence[str],
                            title: str, pages: Mapping[int, str] = {}
                            ) -> None:
    """Write a page that needs no other file but those that it links to.

    It shows accuracy and calibration of the answers, recall@k, the classes
    one by one and the most frequent confusions. Of an S2DNet it also lists the
    videos that the detail net rescued or spoiled.

    Args:
        path: of the file.
        predictions: of B videos.
        names: of the classes.
        videos: (B,) name of each video.
        title: of the page; any text.
        pages: address of the page of some videos, by their number.
    """
    nets = {'answer': predictions.answer}
    if predictions.synopsis is not None:
        nets['synopsis net'] = predictions.synopsis
    bins = {net: calibration(scores, predictions.labels)
            for net, scores in nets.items()}
    recalls = {net: recall_at_k(scores, predictions.labels)
               for net, scores in nets.items()}
    wrong = confusions(predictions, names)
    changed = {}
    if predictions.synopsis is not None:
        rescued, spoiled = rescued_and_spoiled(predictions)
        changed = {'rescued': rescued, 'spoiled': spoiled}
    path.write_text(render(
        'prediction_report.html', title=title,
        facts=_facts(predictions, recalls, bins),
        figures=[('Recall@k', _address(_recall_figure(recalls))),
                 ('Calibration', _address(_calibration_figure(bins)))],
        classes=_rows(per_class(predictions, names)),
        confusions=_rows(wrong[:_MOST_CONFUSIONS]),
        more_confusions=max(0, len(wrong) - _MOST_CONFUSIONS),
        changed={kind: [_video(predictions, names, videos, pages, i)
                        for i in numbers.tolist()]
                 for kind, numbers in changed.items()}), encoding='utf-8')


def _facts(predictions: Predictions, recalls: Mapping[str, np.ndarray],
           bins: Mapping[str, pd.DataFrame]) -> List[tuple]:
    """Names and texts of the numbers at the top."""
    facts = [('videos', f'{len(predictions.labels)}'),
             ('accuracy', f'{predictions.right.mean():.1%}')]
    if predictions.synopsis is not None:
        facts.append(('accuracy of the synopsis net',
                      f'{recalls["synopsis net"][0]:.1%}'))
    if predictions.topk is not None:
        k = predictions.topk.shape[1]
        inside = (predictions.topk == predictions.labels[:, None]).any(1)
        facts.append((f'true class among the {k} likely actions',
                      f'{inside.mean():.1%}'))
        if inside.any():
            facts.append(('accuracy among these',
                          f'{predictions.right[inside].mean():.1%}'))
    return [*facts, *((f'calibration error of the {net}',
                       f'{calibration_error(table):.1%}')
                      for net, table in bins.items())]


def _rows(table: pd.DataFrame) -> dict:
    """Head and rows of a table; shares in %."""

    def text(value: Any) -> str:
        if isinstance(value, float):
            return '-' if np.isnan(value) else f'{value:.1%}'
        return str(value)

    return dict(head=list(table.columns), rows=[
        [text(value) for value in row]
        for row in table.itertuples(index=False)])


def _video(predictions: Predictions, names: List[str], videos: Sequence[str],
           pages: Mapping[int, str], i: int) -> dict:
    truth, answer = predictions.labels[i], predictions.answered[i]
    guess = predictions.synopsis[i].argmax()
    return dict(
        number=i, name=videos[i], page=pages.get(i), truth=names[truth],
        synopsis=f'{names[guess]} ({predictions.synopsis[i, guess]:.2f})',
        answer=f'{names[answer]} ({predictions.answer[i, answer]:.2f})')


def _colour(net: str) -> str:
    return _ANSWER_COLOUR if net == 'answer' else _SYNOPSIS_COLOUR


def _axes(draw: Callable, label_x: str, label_y: str) -> Figure:
    figure = Figure(figsize=(5, 3.6), layout='tight')
    axis = figure.subplots()
    draw(axis)
    axis.set(xlabel=label_x, ylabel=label_y, ylim=(0, 1.02))
    axis.yaxis.set_major_formatter(PercentFormatter(1))
    axis.spines[['top', 'right']].set_visible(False)
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, loc='lower right')
    return figure


def _recall_figure(recalls: Mapping[str, np.ndarray]) -> Figure:

    def draw(axis):
        for net, recall in recalls.items():
            most = min(len(recall), 20)
            axis.plot(np.arange(1, most + 1), recall[:most], marker='.',
                      color=_colour(net), label=net)

    return _axes(draw, 'k', 'true class among the k best')


def _calibration_figure(bins: Mapping[str, pd.DataFrame]) -> Figure:

    def draw(axis):
        axis.plot((0, 1), (0, 1), color='#aaa', linewidth=1)
        for net, table in bins.items():
            axis.scatter(table['score'], table['accuracy'],
                         10 + 200 * table['videos'] / table['videos'].sum(),
                         color=_colour(net), alpha=0.7, label=net,
                         clip_on=False)
        axis.set_xlim(0, 1.02)

    return _axes(draw, 'score of the answer', 'accuracy')


def _address(figure: Figure) -> str:
    """Data URL of a figure as PNG."""
    file = io.BytesIO()
    figure.savefig(file, dpi=110)
    data = base64.b64encode(file.getvalue()).decode()
    return f'data:image/png;base64,{data}'
