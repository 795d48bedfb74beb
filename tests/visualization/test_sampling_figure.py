"""The picture of a video: boxes, frames, time line."""

import warnings

import cv2
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from s2dnet_mmaction.visualization import sampling_figure
from s2dnet_mmaction.visualization.seen import Seen, Window


def seen(**changes):
    """7 frames; windows read around frames 1, 3, 4 and 6."""
    frames = np.random.default_rng(0).integers(
        0, 256, (7, 24, 28, 3), dtype=np.uint8)
    windows = []
    for i, time in enumerate((1, 3, 4, 6)):
        weights = np.zeros(7)
        weights[time], weights[time - 1] = 0.75, 0.25
        windows.append(Window(np.array([i - 2.5, 2, i + 9, 12.25]), weights,
                              np.full((16, 20, 3), 60 * i, np.uint8)))
    return Seen(frames, 'b', {'answer': [('a $x$', 0.7), ('b', 0.3)],
                              'synopsis net': [('b', 0.5)]},
                windows, [0, 3, 6])._replace(**changes)


def labels(time_line):
    return [label.get_text() for label in time_line.get_yticklabels()]


def test_contents():
    case = seen()
    figure = sampling_figure(case, 'video $')
    assert figure.get_suptitle() == (
        'video $   truth: b\nanswer: a $x$ (0.70); b (0.30)\n'
        'synopsis net: b (0.50)')
    *axes, time_line = figure.axes
    whole, where, detail = axes[:3], axes[3:7], axes[7:]
    assert [axis.get_title() for axis in whole] == [
        'frame 0', 'frame 3', 'frame 6']
    for axis, frame in zip(where, (1, 3, 4, 6), strict=True):
        assert axis.get_title() == f'frame {frame}'
        np.testing.assert_array_equal(
            axis.images[0].get_array(), case.frames[frame])
    boxes = [
        [*patch.get_xy(), patch.get_x() + patch.get_width(),
         patch.get_y() + patch.get_height()]
        for axis in where for patch in axis.patches
    ]
    np.testing.assert_allclose(
        boxes, [window.box for window in case.windows])
    for axis, window in zip(detail, case.windows, strict=True):
        np.testing.assert_array_equal(
            axis.images[0].get_array(), window.image)
    times = [events.get_positions() for events in time_line.collections]
    assert times == [[0.75, 2.75, 3.75, 5.75], [0, 3, 6]]
    assert labels(time_line) == ['detail', 'whole']
    assert time_line.get_legend() is None


def test_boxes_show_on_the_pixels(tmp_path):
    case = seen(frames=np.zeros((7, 24, 28, 3), np.uint8))
    sampling_figure(case, 'a').savefig(tmp_path / 'picture.png', dpi=80)
    blue, green, red = cv2.imread(str(tmp_path / 'picture.png')).astype(
        int).transpose(2, 0, 1)
    assert ((red > 180) & (green < 60) & (blue < 90)).sum() > 200


@pytest.mark.parametrize('time, space', [
    (True, True), (True, False), (False, True)])
def test_weights_and_maps_that_there_are(time, space):
    """On the frames seen whole, the time line and in the legend."""
    changes = {}
    if time:
        changes['frame_weights'] = np.array([1, 1, 1, 2, 1, 1, 1]) / 4
    if space:
        changes['maps'] = {0: np.full((2, 4), 1 / 8), 6: np.eye(2, 4) / 2}
    figure = sampling_figure(seen(**changes), 'a')
    whole, time_line = figure.axes[:3], figure.axes[11]
    assert [len(axis.images) for axis in whole] == [1 + space, 1, 1 + space]
    assert [axis.get_title() for axis in whole] == (
        ['frame 0: 25%', 'frame 3: 50%', 'frame 6: 25%']
        if time else ['frame 0', 'frame 3', 'frame 6'])
    assert labels(time_line) == ['detail', 'whole', *['weight'] * time]
    assert len(time_line.get_legend().get_texts()) == time + 2 * space
    assert len(figure.axes) == 12 + space  # the colour bar
    with warnings.catch_warnings():
        warnings.simplefilter('error')  # of a layout without room for all
        figure.canvas.draw()


@pytest.mark.parametrize('size', [(24, 28), (12, 60), (60, 12)])
def test_frames_fill_their_row(size):
    """Also wide and high ones: they are as wide as a column."""
    figure = sampling_figure(
        seen(frames=np.zeros((7, *size, 3), np.uint8)), 'a')
    FigureCanvasAgg(figure).draw()
    frame = figure.axes[0].get_window_extent()
    assert frame.width > 0.75 * 1.3 * figure.dpi
    assert frame.width / frame.height == pytest.approx(size[1] / size[0], 0.02)


def test_a_method_without_windows():
    """It may see many frames whole: 16 of them are drawn."""
    frames = np.zeros((40, 8, 8, 3), np.uint8)
    figure = sampling_figure(
        Seen(frames, None, {}, whole=range(40)), 'a')
    *whole, time_line = figure.axes
    assert [axis.get_title() for axis in whole] == [
        f'frame {i * 39 // 15}' for i in range(16)]
    assert labels(time_line) == ['whole']
    line, = time_line.collections
    assert len(line.get_positions()) == 40
    assert line.get_lineoffset() == 0  # where its label is
    assert figure.get_suptitle() == 'a'


def test_a_method_with_weights_alone():
    figure = sampling_figure(Seen(np.zeros((5, 8, 8, 3), np.uint8), None, {},
                                  frame_weights=np.arange(5)), 'a')
    time_line, = figure.axes
    assert labels(time_line) == ['weight']
    figure.canvas.draw()


def test_frames_that_blocks_looked_at():
    """A row of the time line for each block, also for one without frames."""
    kept = np.array([[1, 0, 1], [0, 0, 0]])
    figure = sampling_figure(
        Seen(np.zeros((3, 8, 8, 3), np.uint8), None, {}, whole=[0, 1, 2],
             kept=kept), 'a')
    *_, time_line = figure.axes
    assert labels(time_line) == ['whole', 'block 0', 'block 1']
    _, first, second = time_line.collections[:3]
    assert list(first.get_positions()) == [0, 2]
    assert list(second.get_positions()) == []
    figure.canvas.draw()


def test_clips_are_called_clips():
    figure = sampling_figure(seen(
        whole=[2, 5], frame_weights=np.linspace(0, 1, 7), windows=(),
        weight_name='saliency of a clip', unit='clip'), 'a video')
    titles = [axes.get_title() for axes in figure.axes]
    assert any(title.startswith('clip 2') for title in titles)
    assert figure.axes[-1].get_xlabel() == 'clip'
    assert any('saliency of a clip' in text.get_text() for axes in figure.axes
               if axes.get_legend() for text in axes.get_legend().texts)
