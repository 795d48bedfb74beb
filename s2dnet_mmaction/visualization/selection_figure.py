"""Accuracy against the number of picked clips, and against cost."""

from typing import Dict

import pandas as pd
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Rules that are no samplers are grey.
# Matplotlib's default ones without its grey
_COLOURS = [colour for i, colour in enumerate(colormaps['tab10'].colors)
            if i != 7]
_GREY = dict(uniform='-', random='--', dense=':', oracle='-.')


def selection_figure(curve: pd.DataFrame, costs: Dict[str, str]) -> Figure:
    """Draw a curve of :func:`selection_curve`.

    Args:
        curve: its rows, with a column for each cost; a ``spread`` of the
            accuracy is drawn as a band.
        costs: columns -> names of their axes; K is always drawn.
    """
    axes_of = {'k': 'clips looked at', **costs}
    figure = Figure(figsize=(4.5 * len(axes_of) + 2, 4), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(axes_of), sharey=True, squeeze=False)[0]
    for axis, (column, name) in zip(axes, axes_of.items()):
        axis.set_prop_cycle(color=_COLOURS)
        for rule, rows in curve.groupby('rule', sort=False):
            rows = rows.sort_values(column)
            style = dict(color='#777777', linestyle=_GREY[rule]) \
                if rule in _GREY else dict(marker='o', markersize=3)
            if rule == 'dense' and column == 'k':
                axis.axhline(100 * rows['accuracy'].iloc[0], label=rule,
                             **style)
                continue
            if rule == 'dense':  # a point: its cost is one
                style.update(marker='s')
            line, = axis.plot(rows[column], 100 * rows['accuracy'],
                              label=rule, **style)
            if 'spread' in rows and rows['spread'].any():
                axis.fill_between(
                    rows[column], 100 * (rows['accuracy'] - rows['spread']),
                    100 * (rows['accuracy'] + rows['spread']), alpha=0.15,
                    color=line.get_color(), linewidth=0)
        axis.set(xlabel=name, xscale='log')
        axis.grid(color='#dddddd')
    axes[0].set_ylabel('accuracy (%)')
    figure.legend(*axes[-1].get_legend_handles_labels(),
                  loc='outside right upper', frameon=False)
    return figure
