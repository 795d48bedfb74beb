"""The figure of costs."""

import pytest

from s2dnet_mmaction.analysis.figure import cost_figure
from tests.support.small import cost


def test_points_and_legend():
    """Every config is in the legend, which covers no axis."""
    name = 's2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-120e_sthv2-rgb'
    costs = [
        cost(f'{name}-{i}', [ms, 1.1 * ms], dict(backbone=i * 10**9))
        for i, ms in enumerate([178, 174, 296, 957, 58, 60] * 2)
    ]
    figure = cost_figure(costs, 'twelve')
    axes, = figure.axes
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()
            ] == [one.label for one in costs]
    points = [box.lines[0].get_xydata()[0] for box in axes.containers]
    assert [list(point) for point in points] == [
        [one.gmacs, pytest.approx(1.05 * one.times_ms[0])] for one in costs
    ]
    styles = {(box.lines[0].get_color(), box.lines[0].get_marker())
              for box in axes.containers}
    assert len(styles) == len(costs)
    figure.canvas.draw()
    box = legend.get_window_extent()
    assert not box.overlaps(axes.bbox)
    assert figure.bbox.y0 <= box.y0
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1


def test_configs_without_times():
    with pytest.raises(ValueError, match='got no times'):
        cost_figure([cost('a', [], dict(backbone=1))])
