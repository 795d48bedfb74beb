"""The annotated video: its frames, windows and cursor."""

import av
import numpy as np
import pytest

from s2dnet_mmaction.visualization.movie import write_movie
from s2dnet_mmaction.visualization.seen import Seen, Window


def seen(**changes):
    """20 grey frames; a window read in frames 3 (all of it) and 4 (half)."""
    weights = np.zeros(20)
    weights[3:5] = 2 / 3, 1 / 3
    window = Window(np.array([9.5, 4.5, 29.5, 24.5]), weights,
                    np.zeros((4, 4, 3), np.uint8))
    frames = np.full((20, 30, 40, 3), 128, np.uint8)
    return Seen(frames, 'b', {'net': [('a $x$', 0.7), ('b', 0.3)]},
                [window], [0, 19], fps=12.5)._replace(**changes)


def read(path):
    with av.open(str(path)) as file:
        return file.streams.video[0].average_rate, np.stack([
            frame.to_ndarray(format='rgb24') for frame in file.decode(video=0)
        ]).astype(int)


def redness(frame):
    return (frame[..., 0] - frame[..., 1:].max(-1)).clip(0)


def test_window_shows_as_strongly_as_the_frame_counts(tmp_path):
    write_movie(tmp_path / 'a.mp4', seen(), 'a title with $ and {')
    rate, frames = read(tmp_path / 'a.mp4')
    assert rate == 12.5 and len(frames) == 20
    # above the time line and its legend, which are red, too
    video = frames[:, :frames.shape[1] * 2 // 3]
    none, full, half = (redness(video[t]) for t in (0, 3, 4))
    assert none.max() < 20
    rows, columns = np.nonzero(full > 120)
    assert half[rows, columns].mean() == pytest.approx(
        full[rows, columns].mean() / 2, rel=0.15)
    # A square, in the middle half of the width, as the box is.
    height, width = np.ptp(rows), np.ptp(columns)
    assert abs(height - width) <= 4
    grey = np.nonzero((abs(video[0] - 128) < 6).all(-1))[1]
    left, right = np.percentile(grey, (1, 99))
    assert width / (right - left) == pytest.approx(0.5, abs=0.04)
    assert (columns.min() - left) / (right - left) == pytest.approx(
        0.25, abs=0.04)


def test_cursor_moves_along_the_time(tmp_path):
    write_movie(tmp_path / 'a.mp4', seen(windows=(), fps=None), 'a')
    rate, frames = read(tmp_path / 'a.mp4')
    assert rate == 12
    line = frames[:, frames.shape[1] * 85 // 100].sum(-1)
    positions = [int(row.argmin()) for row in line]
    steps = np.diff(positions)
    assert positions[0] < 0.15 * frames.shape[2]
    assert positions[-1] > 0.9 * frames.shape[2]
    assert steps.min() > 0 and np.ptp(steps) <= 4


def test_one_frame(tmp_path):
    one = seen(frames=np.zeros((1, 3, 5, 3), np.uint8), windows=[],
               whole=[0], frame_weights=np.ones(1))
    write_movie(tmp_path / 'a.mp4', one, 'a')
    assert len(read(tmp_path / 'a.mp4')[1]) == 1


def test_frames_that_blocks_looked_at(tmp_path):
    """The time line is red where they are."""
    kept = np.zeros((2, 20))
    kept[0, :10] = 1
    write_movie(tmp_path / 'a.mp4', seen(windows=(), kept=kept), 'a')
    _, frames = read(tmp_path / 'a.mp4')
    line = redness(frames[0])[frames.shape[1] * 4 // 5:]
    _, columns = np.nonzero(line > 60)
    width = frames.shape[2]
    assert len(columns) > 500 and columns.max() < 0.55 * width
