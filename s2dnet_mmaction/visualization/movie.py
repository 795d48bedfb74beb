"""An annotated MP4: the raw video, its windows, their times and the scores."""

from fractions import Fraction
from pathlib import Path
from typing import Iterator, Tuple

import av
import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .seen import Seen

_DETAIL_COLOUR, _WHOLE_COLOUR = '#e4002b', '#555555'
_WEIGHT_COLOUR = '#0072b2'
_RED = (228, 0, 43)  # _DETAIL_COLOUR, as RGB
_DPI = 100
_SIZE = (640, 960)  # height and width in px
_FALLBACK_FPS = 12  # of raw frames without a rate
_LOWEST_FPS = 2  # frames of clips are seconds apart


def write_movie(path: Path, seen: Seen, title: str) -> None:
    """Write an H.264 file of :func:`movie_frames`.

    Args:
        path: of the file.
        seen: what to show.
        title: above the video; any text.
    """
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(
            'libx264', rate=Fraction(frame_rate(seen)).limit_denominator(1001))
        stream.height, stream.width = _SIZE
        stream.pix_fmt = 'yuv420p'
        stream.options = dict(crf='20', preset='veryfast')
        for picture in movie_frames(seen, title):
            container.mux(stream.encode(
                av.VideoFrame.from_ndarray(picture, format='rgb24')))
        container.mux(stream.encode())


def frame_rate(seen: Seen) -> float:
    """Frames per second of the movie."""
    return max(seen.fps or _FALLBACK_FPS, _LOWEST_FPS)


def movie_frames(seen: Seen, title: str) -> Iterator[np.ndarray]:
    """(640, 960, 3) uint8 RGB, one for each raw frame.

    Each has the video with its windows, bars of the scores, and a time line
    with a cursor. A window is drawn as strongly as the frame counts in it,
    relative to the frame that counts most.
    """
    still, video, line = _still(seen, title)
    for t, raw in enumerate(seen.frames):
        picture = still.copy()
        _draw_frame(picture, raw, seen, t, video)
        _draw_cursor(picture, t, len(seen.frames), line)
        yield picture


def _still(seen: Seen, title: str
           ) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What does not move.

    Returns:
        (H, W, 3) uint8; and in its pixels the edges (x1, y1, x2, y2) of the
        video, and of the time line from its first to its last frame.
    """
    height, width = seen.frames.shape[1:3]
    height_px, width_px = _SIZE
    figure = Figure((width_px / _DPI, height_px / _DPI), dpi=_DPI)
    canvas = FigureCanvasAgg(figure)
    cells = figure.add_gridspec(
        2, 2, width_ratios=(2, 1), height_ratios=(4, 1), left=0.06,
        right=0.97, top=0.92, bottom=0.09, wspace=0.08, hspace=0.2)
    video = figure.add_subplot(cells[0, 0])
    video.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5),
              aspect='equal', xticks=[], yticks=[])
    video.set_title(title, fontsize=9, loc='left', parse_math=False)
    _draw_scores(figure.add_subplot(cells[0, 1]), seen)
    line = figure.add_subplot(cells[1, :])
    _draw_time_line(line, seen)
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def pixels(axis, x1, y1, x2, y2):
        corners = axis.transData.transform([(x1, y1), (x2, y2)])
        (x1, y1), (x2, y2) = corners * (1, -1) + (0, len(picture))
        return np.array([x1, y1, x2, y2])

    low, high = line.get_ylim()
    return picture, pixels(
        video, -0.5, -0.5, width - 0.5, height - 0.5), pixels(
        line, 0, high, max(1, len(seen.frames) - 1), low)


def _draw_scores(axis, seen: Seen) -> None:
    """Bars of each net, the largest score first."""
    place, labels = 0.0, []
    for net, scores in seen.scores.items():
        axis.text(0, place, net, fontsize=8, color=_WHOLE_COLOUR, va='center')
        for name, score in scores[:6]:
            place += 1
            axis.barh(place, score, height=0.7, color=_WEIGHT_COLOUR,
                      alpha=0.45)
            weight = 'bold' if name == seen.truth else 'normal'
            labels.append(axis.text(
                0.01, place, f'{_short(name)}  {score:.2f}', fontsize=8,
                va='center', weight=weight, parse_math=False))
        place += 1.5
    axis.set(xlim=(0, 1), ylim=(max(place, 12), -0.8))
    axis.axis('off')


def _short(name: str, most: int = 36) -> str:
    return name if len(name) <= most else f'{name[:most - 1]}…'


def _draw_time_line(axis, seen: Seen) -> None:
    length = len(seen.frames)
    if seen.frame_weights is not None:
        axis.fill_between(
            np.arange(length), seen.frame_weights / seen.frame_weights.max(),
            color=_WEIGHT_COLOUR, alpha=0.25, linewidth=0,
            label=seen.weight_name)
    for i, window in enumerate(seen.windows):
        near = window.weights >= 0.01 * window.weights.max()
        axis.plot(np.flatnonzero(near),
                  0.7 * window.weights[near] / window.weights.max(),
                  color=_DETAIL_COLOUR, linewidth=1,
                  label=None if i else 'weight of the frames in each window')
    if seen.kept is not None:
        axis.imshow(seen.kept, aspect='auto', cmap='Reds', vmin=0, vmax=1.3,
                    extent=(-0.5, length - 0.5, 0, 1), zorder=0,
                    interpolation='nearest')
        axis.fill_between([], [], color=_DETAIL_COLOUR, label='frames that '
                          'each block looked at, the first one on top')
    if len(seen.whole):
        axis.eventplot([list(seen.whole)], lineoffsets=-0.12,
                       linelengths=0.15, colors=_WHOLE_COLOUR,
                       label=seen.whole_name)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(loc='lower right', bbox_to_anchor=(1, 1), ncols=3,
                    fontsize=7, frameon=False)
    axis.set(xlim=(-0.5, length - 0.5), ylim=(-0.25, 1.05), yticks=[])
    begins = f', the first one at {seen.start:.1f} s' if seen.start else ''
    axis.set_xlabel(f'{seen.unit}{begins}', fontsize=8, labelpad=1)
    axis.tick_params(labelsize=7)
    axis.spines[['top', 'right', 'left']].set_visible(False)


def _draw_frame(picture: np.ndarray, raw: np.ndarray, seen: Seen, t: int,
                edges: np.ndarray) -> None:
    """Put raw frame ``t`` and its windows into the picture."""
    x1, y1, x2, y2 = edges.round().astype(int)
    frame = cv2.resize(raw, (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)
    scale = (x2 - x1) / raw.shape[1]
    for window in seen.windows:
        strength = float(window.weights[t] / window.weights.max())
        if strength < 0.02:
            continue
        # A pixel's centre is at its index, so its edge is half a pixel before.
        corners = np.round((window.box + 0.5) * scale).astype(int)
        marked = cv2.rectangle(frame.copy(), corners[:2].tolist(),
                               corners[2:].tolist(), _RED, 2, cv2.LINE_AA)
        frame = cv2.addWeighted(marked, strength, frame, 1 - strength, 0)
    picture[y1:y2, x1:x2] = frame


def _draw_cursor(picture: np.ndarray, t: int, length: int,
                 edges: np.ndarray) -> None:
    x1, y1, x2, y2 = edges
    x = round(x1 + (x2 - x1) * t / max(1, length - 1))
    picture[round(y1):round(y2), x - 1:x + 1] = 0
