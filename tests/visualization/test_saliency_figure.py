"""Curves of saliency by class."""

import numpy as np

from s2dnet_mmaction.visualization.saliency_figure import (
    mean_curve,
    saliency_figure,
)


def test_curves_by_hand():
    np.testing.assert_allclose(mean_curve([[0, 2], [5, 5, 9]], 3, memory=0),
                               [0, .25, 1])
    # .5 * 0 + .5 * .25; .5 * .125 + .5 * 1
    np.testing.assert_allclose(mean_curve([[0, 2], [5, 5, 9]], 3, memory=.5),
                               [0, .125, .5625])
    assert mean_curve([[3., 3.]], 4, 0).tolist() == [0] * 4


def test_axes_of_each_class():
    figure = saliency_figure({
        'run': dict(guiding=np.zeros(5), ours=np.ones(5)),
        'jump': dict(guiding=np.ones(5))})
    assert [axes.get_title() for axes in figure.axes] == ['run', 'jump']
    assert [len(axes.lines) for axes in figure.axes] == [2, 1]
    texts = figure.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in texts] == ['guiding', 'ours']
