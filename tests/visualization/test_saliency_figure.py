"""Curves of saliency by class."""

import numpy as np

from s2dnet_mmaction.visualization.saliency_figure import (
    mean_curve,
    saliency_figure,
)


def test_curves_by_hand():
    # At 1/6, 3/6, 5/6; two candidates are at 1/4 and 3/4.
    videos = [[0, 2], [5, 5, 9]]
    np.testing.assert_allclose(mean_curve(videos, 3, memory=0),
                               [2.5, 3, 5.5])
    np.testing.assert_allclose(mean_curve(videos, 3, memory=.5),
                               [2.5, 2.75, 4.125])


def test_a_flat_curve_stays_flat():
    assert mean_curve([[.5, .5001, .5]], 3, 0).max() < .51


def test_candidates_that_were_not_looked_at():
    np.testing.assert_allclose(
        mean_curve([[1, None, 3], [1, -np.inf, 3]], 3, 0), [1, 2, 3])


def test_axes_of_each_class():
    figure = saliency_figure({
        'run': dict(guiding=np.zeros(5), ours=np.ones(5)),
        'jump': dict(guiding=np.ones(5))})
    assert [axes.get_title() for axes in figure.axes] == ['run', 'jump']
    assert [len(axes.lines) for axes in figure.axes] == [2, 1]
    texts = figure.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in texts] == ['guiding', 'ours']
