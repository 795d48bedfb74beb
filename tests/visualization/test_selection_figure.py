"""The figure of accuracy over K and cost."""

import pandas as pd

from s2dnet_mmaction.visualization.selection_figure import selection_figure


def test_curves():
    curve = pd.DataFrame([
        dict(rule=rule, k=k, accuracy=accuracy, gmacs=cost)
        for rule, k, accuracy, cost in (
            ('rank', 1, .5, 2.), ('rank', 4, .75, 5.), ('uniform', 1, .2, 1.),
            ('uniform', 4, .3, 4.), ('dense', 1, .4, 9.),
            ('dense', 4, .4, 9.))])
    figure = selection_figure(curve, dict(gmacs='GMACs'))
    over_k, over_cost = figure.axes
    rank, uniform, dense = over_k.lines
    assert rank.get_xydata().tolist() == [[1, 50], [4, 75]]
    assert dense.get_ydata() == [40, 40]
    assert uniform.get_color() == '#777777' != rank.get_color()
    rank, _, dense = over_cost.lines
    assert rank.get_xydata().tolist() == [[2, 50], [5, 75]]
    assert dense.get_xydata().tolist() == [[9, 40], [9, 40]]
    assert over_cost.get_xlabel() == 'GMACs'
    assert [text.get_text() for text in figure.legends[0].texts] == [
        'rank', 'uniform', 'dense']
