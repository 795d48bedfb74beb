"""Accuracy against mean cost of an exit after the synopsis."""

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def exit_figure(curve: pd.DataFrame, chosen: pd.Series) -> Figure:
    """Draw a curve of :func:`~s2dnet_mmaction.evaluation.exit_curve`.

    Args:
        curve: its rows.
        chosen: the one to mark.
    """
    figure = Figure(figsize=(6, 4), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(curve['macs'] / 1e9, 100 * curve['accuracy'])
    axes.plot(chosen['macs'] / 1e9, 100 * chosen['accuracy'], 'o',
              label=f'threshold {chosen["threshold"]:.3f}: '
              f'{100 * chosen["exited"]:.0f} % end after the synopsis')
    axes.set(xlim=(0, None), xlabel='mean GMACs of a video',
             ylabel='accuracy (%)')
    axes.grid(color='#dddddd')
    axes.legend(frameon=False)
    return figure
