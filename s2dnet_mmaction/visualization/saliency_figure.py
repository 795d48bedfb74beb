"""Curves of saliency over the time of a video, by class (NSNet, Fig. 1)."""

from typing import Dict, List, Sequence

import numpy as np
from matplotlib.figure import Figure

Curves = Dict[str, np.ndarray]


def mean_curve(videos: Sequence[Sequence[float]], points: int,
               memory: float = 0.8) -> np.ndarray:
    """The mean saliency of videos at places of equal distance.

    Candidate i of T is in the middle of its part, at (i + 1/2) / T. The mean
    over the videos is smoothed by an exponential moving average.

    Args:
        videos: saliency of each candidate of each video; what is not finite
            is left out.
        points: places.
        memory: weight of what came before (0.8 in the paper, for
            predictions); 0: none.

    Returns:
        (points,).
    """
    rows = []
    for values in videos:
        values = np.asarray(values, np.float64)
        known = np.isfinite(values)
        rows.append(np.interp(_places(points), _places(len(values))[known],
                              values[known]))
    curve = np.mean(rows, axis=0)
    for i in range(1, points):
        curve[i] = memory * curve[i - 1] + (1 - memory) * curve[i]
    return curve


def saliency_figure(curves: Dict[str, Curves]) -> Figure:
    """Draw the curves of each class into axes of their own.

    Args:
        curves: of each class by its name, the curves by theirs.
    """
    names: List[str] = list(curves)
    figure = Figure(figsize=(4 * len(names), 3), layout='constrained')
    for axes, name in zip(np.ravel(figure.subplots(
            1, len(names), sharey=True, squeeze=False)), names):
        for label, curve in curves[name].items():
            axes.plot(_places(len(curve)), curve, label=label)
        axes.set_title(name, fontsize=10)
        axes.set_xlabel('part of the video')
    figure.axes[0].set_ylabel('saliency')
    figure.axes[0].legend(fontsize=8)
    return figure


def _places(number: int) -> np.ndarray:
    """(number,) middles of equal parts of 0 ... 1."""
    return (np.arange(number) + .5) / number
