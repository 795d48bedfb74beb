"""Multiply-adds against latency, one labelled point per config."""

import itertools
import math
import re
from typing import TYPE_CHECKING, Sequence

from .._checks import require
from .cost import Cost
from .latency import quartiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINE_LENGTH = 26  # characters of a label's line
_POINT_PX = 8  # half of what a label must leave free around a point
# Where a label may stand around its point, the most readable first.
_DISTANCES_PT = (9, 18, 30, 45, 65, 90, 120, 160)
_ANGLES_DEG = (0, 180, 90, 270, 45, 315, 135, 225, *range(15, 360, 30))


def cost_figure(costs: Sequence[Cost], title: str = '') -> 'Figure':
    """Draw what the configs compute against the time that they take.

    Args:
        costs: with times.
        title: text above the picture.

    Returns:
        matplotlib figure; save it with ``figure.savefig``.

    Raises:
        ValueError: if the configs were not timed.
    """
    # The object interface of matplotlib leaves the user's backend alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    require(
        costs and all(cost.times_ms for cost in costs), 'costs', 'no times',
        'times of every config', 'Measure with latency=True.')
    figure = Figure(figsize=(8, 5.5), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    points = []
    for i, cost in enumerate(costs):
        low, median, high = quartiles(cost.times_ms)
        points.append((cost.gmacs, median))
        axes.errorbar([cost.gmacs], [median],
                      [[median - low], [high - median]],
                      fmt='o',
                      color=_colour(i),
                      capsize=3,
                      zorder=3)
    axes.set_xlim(0, 1.25 * max(cost.gmacs for cost in costs))
    axes.set_ylim(0, 1.2 * max(quartiles(cost.times_ms)[2] for cost in costs))
    axes.set_xlabel('GMACs per view')
    axes.set_ylabel('ms per video (one view; median and quartiles)')
    axes.set_title(title, fontsize=9)
    axes.grid(color='#dddddd')
    axes.set_axisbelow(True)
    # The layout must stand before labels can be told to overlap; it would
    # also shrink the axes for labels that are still being moved.
    figure.draw_without_rendering()
    figure.set_layout_engine('none')
    _label_points(axes, points, [_fold(cost.label) for cost in costs])
    return figure


def _colour(i: int) -> str:
    return f'C{i % 10}'  # matplotlib's colour cycle


def _fold(label: str) -> str:
    """Break a long label after its separators."""
    lines = ['']
    for piece in re.findall(r'[^-_ ]*[-_ ]?', label):
        if len(lines[-1]) + len(piece) > _LINE_LENGTH and lines[-1]:
            lines.append('')
        lines[-1] += piece
    return '\n'.join(lines)


def _label_points(axes, points, labels) -> None:
    """Put each label where it hides no point and no other label."""
    from matplotlib.transforms import Bbox
    taken = [
        Bbox.from_bounds(x - _POINT_PX, y - _POINT_PX, 2 * _POINT_PX,
                         2 * _POINT_PX)
        for x, y in axes.transData.transform(points)
    ]
    for i, (point, label) in enumerate(zip(points, labels)):
        # min() takes the first of equals: the most readable free place
        place = min(
            itertools.product(_DISTANCES_PT, _ANGLES_DEG),
            key=lambda place: _hidden_px2(axes, point, label, place, taken))
        note = _annotate(axes, point, label, place)
        note.set_color(_colour(i))
        taken.append(_extent(note))


def _annotate(axes, point, label: str, place):
    distance, angle = place[0], math.radians(place[1])
    x, y = math.cos(angle), math.sin(angle)
    return axes.annotate(
        label,
        point,
        xytext=(distance * x, distance * y),
        textcoords='offset points',
        # the side of the label that faces the point
        ha='left' if x > 0.3 else 'right' if x < -0.3 else 'center',
        va='bottom' if y > 0.3 else 'top' if y < -0.3 else 'center',
        fontsize=8,
        arrowprops=dict(arrowstyle='-', color='#999999', linewidth=0.7))


def _hidden_px2(axes, point, label: str, place, taken) -> float:
    """Area of a label there that others cover or that leaves the axes."""
    note = _annotate(axes, point, label, place)
    extent = _extent(note)
    note.remove()
    hidden = _area(extent) - _area(extent.intersection(extent, axes.bbox))
    return hidden + sum(
        _area(extent.intersection(extent, other)) for other in taken)


def _extent(note):
    """Pixels of the text alone; an annotation's own hold its arrow."""
    from matplotlib.text import Text
    note.update_positions(note.figure.canvas.get_renderer())
    return Text.get_window_extent(note)


def _area(box) -> float:
    return 0.0 if box is None else float(box.width * box.height)
