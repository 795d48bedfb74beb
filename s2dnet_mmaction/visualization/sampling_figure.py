"""What a network looked at, in one picture (as in Fig. 4 of the paper)."""

from typing import List, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .heatmap_drawing import (
    draw_legend,
    draw_space_maps,
    draw_time_curve,
    draw_time_weights,
)
from .seen import Seen

_DETAIL_COLOUR = '#e4002b'
_WHOLE_COLOUR = '#555555'
_INCHES_PER_FRAME = 1.3
_TITLE_INCHES = 0.25  # above a frame
_MOST_FRAMES = 16  # in a row
_MOST_SCORES = 5


def sampling_figure(seen: Seen, title: str) -> Figure:
    """Draw one view of one video.

    Up to four rows: frames that a net saw whole; the raw frame that counts
    most in each window, with the window; what the network got of it; and a
    time line of both, and of the frames that each block looked at. Maps are
    drawn over the frames seen whole, weights of frames as their borders and
    on the time line. Of more than 16 frames or
    windows 16 are drawn, evenly spread; the time line has all.

    Args:
        seen: what to show.
        title: above the picture, before the scores; any text.
    """
    whole = _spread(list(seen.whole))
    windows = _spread(list(seen.windows))
    height, width = seen.frames.shape[1:3]
    rows = []  # label, colour, images, heights in inches
    if whole:
        rows.append(('whole', _WHOLE_COLOUR, seen.frames[whole]))
    if windows:
        nearest = [int(window.weights.argmax()) for window in windows]
        rows += [('where', _DETAIL_COLOUR, seen.frames[nearest]),
                 ('detail', _DETAIL_COLOUR,
                  [window.image for window in windows])]
    columns = max([4, *(len(images) for _, _, images in rows)])
    has_maps = bool(seen.maps)
    has_weights, wide = seen.frame_weights is not None, columns >= 6
    has_legend = has_maps or (has_weights and bool(whole))
    blocks = 0 if seen.kept is None else len(seen.kept)
    line = (0.35 + 0.2 * has_weights + 0.4 * (has_legend and not wide)
            + 0.09 * blocks) * _INCHES_PER_FRAME
    heights = [
        _TITLE_INCHES + _INCHES_PER_FRAME * images[0].shape[0] /
        images[0].shape[1] for _, _, images in rows]
    text = _text(seen, title)
    figure = Figure(
        (_INCHES_PER_FRAME * (columns + 0.5 * has_maps),
         sum(heights) + line + 0.9 + 0.17 * text.count('\n')),
        layout='tight')
    figure.get_layout_engine().set(h_pad=1.5)  # of the font's size
    widths = [1] * columns + [0.1] * has_maps  # 0.1: colour bar
    cells = figure.add_gridspec(
        len(rows) + 1, len(widths), height_ratios=[*heights, line],
        width_ratios=widths)
    axes = {}
    for i, (label, colour, images) in enumerate(rows):
        axes[label] = [figure.add_subplot(cells[i, j])
                       for j in range(len(images))]
        _draw_row(axes[label], images, label, colour)
    time_line = figure.add_subplot(cells[-1, :columns])
    _draw_time_line(time_line, seen)
    if windows:
        _name_frames(axes['where'], nearest, seen.step)
        for axis, window in zip(axes['where'], windows):
            x1, y1, x2, y2 = window.box.tolist()
            axis.add_patch(Rectangle(
                (x1, y1), x2 - x1, y2 - y1, fill=False,
                edgecolor=_DETAIL_COLOUR, linewidth=1.5))
            axis.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    if whole:
        _name_frames(axes['whole'], whole, seen.step)
        if has_weights:
            draw_time_weights(axes['whole'], seen.frame_weights[whole])
    if has_maps:
        drawn = [i for i, frame in enumerate(whole) if frame in seen.maps]
        draw_space_maps(
            [axes['whole'][i] for i in drawn],
            np.stack([seen.maps[whole[i]] for i in drawn]), (height, width),
            figure.add_subplot(cells[0, -1]))
    if has_legend:
        draw_legend(time_line, seen.weight_name if has_weights else None,
                    has_maps, num_columns=3 if wide else 1)
    figure.suptitle(text, fontsize=9, wrap=True, parse_math=False)
    return figure


def _spread(items: List) -> List:
    """Some of the items, evenly spread, the first and the last included."""
    if len(items) <= _MOST_FRAMES:
        return items
    return [items[i * (len(items) - 1) // (_MOST_FRAMES - 1)]
            for i in range(_MOST_FRAMES)]


def _text(seen: Seen, title: str) -> str:
    """The title, the true class, and the best scores of each net."""
    lines = [title if seen.truth is None else f'{title}   truth: {seen.truth}']
    for net, scores in seen.scores.items():
        lines.append(f'{net}: ' + '; '.join(
            f'{name} ({score:.2f})' for name, score in scores[:_MOST_SCORES]))
    return '\n'.join(lines)


def _draw_row(axes: List, images: Sequence[np.ndarray], label: str,
              colour: str) -> None:
    for axis, image in zip(axes, images):
        axis.imshow(image)
        axis.set(xticks=[], yticks=[])
    axes[0].set_ylabel(label, fontsize=9, color=colour)


def _name_frames(axes: List, frames: Sequence[int], name: str) -> None:
    for axis, frame in zip(axes, frames):
        axis.set_title(f'{name} {frame}', fontsize=7, pad=2)


def _draw_time_line(axis, seen: Seen) -> None:
    """When the windows were read, the whole frames, and the weights."""
    length = len(seen.frames)
    lines = []
    if len(seen.windows):
        times = [float(window.weights @ np.arange(length) /
                       window.weights.sum()) for window in seen.windows]
        lines.append(('detail', _DETAIL_COLOUR, times))
    if len(seen.whole):
        lines.append(('whole', _WHOLE_COLOUR, list(seen.whole)))
    for i, row in enumerate(() if seen.kept is None else seen.kept):
        lines.append((f'block {i}', _DETAIL_COLOUR,
                      np.flatnonzero(row > 0.5).tolist()))
    axis.axvspan(-0.5, length - 0.5, color='#eeeeee', zorder=0)
    if lines:
        labels, colours, times = zip(*lines)
        axis.eventplot(times, linelengths=0.9, colors=colours,
                       lineoffsets=range(len(times)))
    labels = [label for label, _, _ in lines]
    if seen.frame_weights is not None:
        draw_time_curve(axis, seen.frame_weights, bottom=len(lines) - 0.4)
        labels.append('weight')
    axis.margins(x=0.02)
    axis.set_ylim(-0.6, len(labels) - 0.4)
    axis.set_yticks(range(len(labels)), labels)
    axis.tick_params(labelsize=7)
    axis.set_xlabel(seen.unit, fontsize=7)
    axis.spines[['top', 'right', 'left']].set_visible(False)
