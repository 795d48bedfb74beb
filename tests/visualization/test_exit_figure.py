"""The figure of an exit curve."""

import pandas as pd

from s2dnet_mmaction.visualization.exit_figure import exit_figure


def test_curve_and_choice():
    curve = pd.DataFrame(dict(
        threshold=[1, .5], exited=[0, .5], accuracy=[.8, .75],
        macs=[2e9, 1e9]))
    axes, = exit_figure(curve, curve.iloc[1]).axes
    line, mark = axes.lines
    assert line.get_xydata().tolist() == [[2, 80], [1, 75]]
    assert mark.get_xydata().tolist() == [[1, 75]]
    assert axes.get_legend().texts[0].get_text() == (
        'threshold 0.500: 50 % end after the synopsis')
