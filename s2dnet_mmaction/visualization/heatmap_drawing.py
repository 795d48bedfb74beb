"""Weights of places over the frames, and of frames along the time."""

from typing import Optional, Sequence, Tuple

import numpy as np
from matplotlib import colormaps, patheffects
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..models.necks.locators.located import cell_positions

# viridis can be read with any kind of colour blindness, and in grey
_MAP_COLOURS = colormaps['viridis'](np.linspace(0, 1, 256))
_MAP_COLOURS[:, 3] = np.linspace(0, 0.65, 256)  # no weight: see-through
_MAP = ListedColormap(_MAP_COLOURS)
_TIME_COLOUR = '#0072b2'
_WIDEST_BORDER = 4.0  # points
_OUTLINE = [patheffects.withStroke(linewidth=3, foreground='black')]
_CENTER = dict(marker='+', markersize=9, markeredgewidth=1.5, color='white',
               linestyle='none', path_effects=_OUTLINE, clip_on=False)


def draw_space_maps(axes: Sequence, maps: np.ndarray,
                    frame_size: Tuple[int, int], bar_axis) -> None:
    """Draw the map of each frame, and its mean position.

    The colours of all frames have one scale, from 0 to the largest weight or
    to four times that of a flat map, whichever is more, so that flat maps
    leave the frames visible.

    Args:
        axes: n axes that show the frames.
        maps: (n, h, w); each map sums to 1.
        frame_size: (H, W) of the frames in px.
        bar_axis: for the colour bar.
    """
    height, width = frame_size
    y = _pixels(maps.shape[1], height)
    x = _pixels(maps.shape[2], width)
    extent = (0, width - 1, height - 1, 0)
    norm = Normalize(0, max(maps.max(), 4 / maps[0].size))
    for axis, one in zip(axes, maps):
        image = axis.imshow(one, cmap=_MAP, norm=norm, extent=extent,
                            interpolation='nearest')
        axis.plot(float(one.sum(0) @ x), float(one.sum(1) @ y), **_CENTER)
        axis.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    bar = bar_axis.figure.colorbar(image, cax=bar_axis)
    bar.ax.tick_params(labelsize=6)
    bar.set_label('weight of a cell', fontsize=7)


def _pixels(num_cells: int, length: int) -> np.ndarray:
    """Centres of the cells in px, see :class:`Theta`."""
    return (1 + cell_positions(num_cells).numpy()) * (length - 1) / 2


def draw_time_weights(axes: Sequence, weights: np.ndarray) -> None:
    """Draw the weight of each frame as its border and in its title.

    Args:
        axes: n axes that show the frames.
        weights: (n,); the title has the share of their sum.
    """
    for axis, weight in zip(axes, weights.tolist()):
        axis.spines[:].set(
            color=_TIME_COLOUR,
            linewidth=_WIDEST_BORDER * weight / float(weights.max()))
        axis.set_title(f'{axis.get_title()}: {weight / weights.sum():.0%}',
                       fontsize=7, pad=3)


def draw_time_curve(axis, weights: np.ndarray, bottom: float,
                    height: float = 0.8) -> None:
    """Draw the weights along the time.

    Args:
        axis: the time line, in frames.
        weights: (T,) of all raw frames.
        bottom: y of a weight of 0.
        height: of the largest weight.
    """
    times = np.arange(len(weights))
    curve = bottom + height * weights / weights.max()
    axis.fill_between(times, bottom, curve, color=_TIME_COLOUR, alpha=0.3,
                      linewidth=0)
    axis.plot(times, curve, color=_TIME_COLOUR, linewidth=1)


def draw_legend(axis, time: Optional[str], space: bool,
                num_columns: int) -> None:
    """Explain the marks, below the time line.

    Args:
        axis: the time line.
        time: what the weights of frames are; None: they are not drawn.
        space: whether maps are drawn.
        num_columns: of the legend.
    """
    entries = []
    if space:
        entries += [
            Patch(color=_MAP(0.75), label='weight of a place in the frame'),
            Line2D([], [], label='the mean place', **_CENTER)]
    if time is not None:
        entries.append(Patch(
            facecolor='none', edgecolor=_TIME_COLOUR, linewidth=2,
            label=f'border, % and curve: {time}'))
    axis.legend(
        handles=entries, loc='upper center', bbox_to_anchor=(0.5, -0.6),
        ncols=num_columns, fontsize=7, facecolor='#999999', framealpha=0.3)
