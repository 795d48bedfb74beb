"""Heat maps on the pixels that they belong to."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from s2dnet_mmaction.visualization.heatmap_drawing import (
    draw_space_maps,
    draw_time_curve,
    draw_time_weights,
)


def pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


@pytest.mark.parametrize('y, x', [(0, 0), (1, 3), (2, 1)])
def test_a_peak_is_drawn_where_it_is(y, x):
    """Rendered at 10 pixels per pixel of a frame of 10 x 13."""
    height, width, scale = 10, 13, 10
    figure = Figure((width * scale / 100, height * scale / 100), dpi=100)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.imshow(np.zeros((height, width)), cmap='gray')
    axis.set_axis_off()
    maps = np.zeros((1, 3, 4))
    maps[0, y, x] = 1
    bar_axis = figure.add_axes((2, 0, 1, 1))  # out of sight
    draw_space_maps([axis], maps, (height, width), bar_axis)
    marker, = axis.lines
    center = (3 * x + 1.5, 3 * y + 1.5)  # cells are 3 px apart
    assert (marker.get_xdata()[0], marker.get_ydata()[0]) == (
        pytest.approx(center))
    marker.remove()
    lit = (pixels(figure).sum(-1) > 0).reshape(
        height, scale, width, scale).mean((1, 3))
    for row in range(height):
        for column in range(width):
            away = max(abs(column - center[0]), abs(row - center[1]))
            # a cell ends in the middle of a pixel, 1.5 px from its centre
            assert (lit[row, column] == 1 if away < 1.5 else
                    lit[row, column] == 0 if away > 1.5 else
                    0 < lit[row, column] < 1), (row, column)


def test_marker_is_the_expectation():
    axis, bar_axis = Figure().subplots(1, 2)
    maps = np.random.default_rng(0).random((1, 5, 7))
    maps = maps / maps.sum()
    draw_space_maps([axis], maps, (24, 32), bar_axis)
    y, x = np.arange(-4, 5, 2) / 5, np.arange(-6, 7, 2) / 7
    marker, = axis.lines
    assert marker.get_xdata()[0] == pytest.approx(
        float((1 + (maps[0] * x).sum()) * 31 / 2), abs=1e-4)
    assert marker.get_ydata()[0] == pytest.approx(
        float((1 + (maps[0] * y[:, None]).sum()) * 23 / 2), abs=1e-4)


def test_frames_share_one_scale():
    *axes, bar_axis = Figure().subplots(1, 3)
    flat = np.full((4, 4), 1 / 16)
    for peaked, largest in ((np.eye(4) / 4, 0.25),
                            (np.eye(1, 16).reshape(4, 4), 1), (flat, 0.25)):
        draw_space_maps(axes, np.stack([flat, peaked]), (8, 8), bar_axis)
        assert [axis.images[-1].get_clim() for axis in axes] == (
            [(0, largest)] * 2)


def test_time_is_in_borders_titles_and_the_curve():
    *axes, line = Figure().subplots(1, 4)
    for axis in axes:
        axis.set_title('frame')
    weights = np.array([0.25, 1.0, 0.75])
    draw_time_weights(axes, weights)
    widths = [axis.spines['left'].get_linewidth() for axis in axes]
    assert widths == [1, 4, 3]
    assert axes[1].get_title() == 'frame: 50%'
    draw_time_curve(line, weights, bottom=2, height=1)
    curve, = line.lines
    assert curve.get_xdata().tolist() == [0, 1, 2]
    assert curve.get_ydata().tolist() == [2.25, 3, 2.75]
