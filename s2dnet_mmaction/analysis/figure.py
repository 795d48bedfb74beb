"""Multiply-adds against latency, one point per config."""

from typing import TYPE_CHECKING, Sequence

from .._checks import require
from .cost import Cost
from .latency import quartiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MARKERS = 'osD^v'  # the next one when the ten colours are used up


def cost_figure(costs: Sequence[Cost], title: str = '') -> 'Figure':
    """Draw multiply-adds against time, with a legend of the configs.

    Args:
        costs: with times.
        title: text above the picture.

    Returns:
        matplotlib figure; save it with ``figure.savefig``.

    Raises:
        ValueError: if the configs were not timed.
    """
    # matplotlib's object interface does not change the user's backend.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    require(
        costs and all(cost.times_ms for cost in costs), 'costs', 'no times',
        'times of every config', 'Measure with latency=True.')
    # The legend lies below the axes, one line per config.
    figure = Figure(figsize=(8, 5 + 0.2 * len(costs)), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for i, cost in enumerate(costs):
        low, median, high = quartiles(cost.times_ms)
        axes.errorbar(
            [cost.gmacs], [median], [[median - low], [high - median]],
            fmt=_MARKERS[i // 10 % len(_MARKERS)], capsize=3,
            label=cost.label)
    axes.set(
        xlim=(0, None), ylim=(0, None), xlabel='GMACs per view',
        ylabel='ms per video (one view; median and quartiles)')
    axes.set_title(title, fontsize=9)
    axes.grid(color='#dddddd')
    axes.set_axisbelow(True)
    axes.legend(
        loc='upper center', bbox_to_anchor=(0.5, -0.12), fontsize=8,
        frameon=False)
    return figure
