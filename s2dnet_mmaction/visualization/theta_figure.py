"""Distribution of centres and strides over a whole data set."""

from typing import Optional

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from .._checks import require_shape
from ..functional.sampling.grid import Theta
from ..functional.sampling.statistics import AXES, correlation, video_centers

_COLOUR = '#e4002b'
_BINS = 40
_UNITS = dict(t='input frames', y='px', x='px')


def theta_figure(theta: Theta, place: Optional[Tensor] = None, *,
                 title: Optional[str] = None) -> Figure:
    """Draw the distribution of centres and strides, along t, y and x.

    Rows: histograms of the centres and of the strides (in space one value for
    each of the T_D frames); and, if ``place`` is given, the centre of each
    video (in space the mean over its frames) against the true place, with
    their correlation. NaN and Inf are left out.

    Args:
        theta: of B videos, on the CPU.
        place: (B, 3) true (t, y, x), relative as centres are; NaN in rows of
            videos without a known place. None: no place is known.
        title: text above the picture.

    Raises:
        ValueError: if ``place`` is not (B, 3).
    """
    rows = 2 if place is None else 3
    if place is not None:
        require_shape('place', place, (len(theta.center_t), 3),
                      'Pass the (t, y, x) of the videos of theta.')
    figure = Figure(figsize=(9, 2.6 * rows), layout='tight')
    axes = figure.subplots(rows, 3)
    for column, name in enumerate(AXES):
        _draw_centers(axes[0, column], getattr(theta, f'center_{name}'), name)
        _draw_strides(axes[1, column], getattr(theta, f'stride_{name}'), name)
        if place is not None:
            _draw_places(axes[2, column],
                         video_centers(theta)[:, column], place[:, column],
                         name)
    for axis in axes.flat:
        axis.tick_params(labelsize=7)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure


def _draw_centers(axis, centers: Tensor, name: str) -> None:
    axis.hist(centers[centers.isfinite()].numpy(), range=(-1, 1), bins=_BINS,
              color=_COLOUR)
    axis.set_xlabel(f'centre {name}', fontsize=8)


def _draw_strides(axis, strides: Tensor, name: str) -> None:
    strides = strides[strides.isfinite()].numpy()
    low, high = (strides.min(), strides.max()) if len(strides) else (1, 1)
    # An octave on both sides, so that at least two ticks are labelled
    axis.hist(strides, np.geomspace(low / 2, high * 2, _BINS + 1),
              color=_COLOUR)
    axis.set_xscale('log', base=2)
    axis.xaxis.set_major_formatter('{x:g}')
    axis.set_xlabel(f'stride {name} [{_UNITS[name]}]', fontsize=8)


def _draw_places(axis, centers: Tensor, places: Tensor, name: str) -> None:
    known = places.isfinite() & centers.isfinite()
    centers, places = centers[known], places[known]
    axis.plot((-1, 1), (-1, 1), color='#aaaaaa', linewidth=0.8, zorder=0)
    axis.scatter(places.numpy(), centers.numpy(), s=5, color=_COLOUR)
    if len(places):
        axis.set_title(
            f'correlation {float(correlation(centers, places)):.2f}',
            fontsize=8)
    axis.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05))
    axis.set_xlabel(f'true place {name}', fontsize=8)
    axis.set_ylabel(f'centre {name}', fontsize=8)
