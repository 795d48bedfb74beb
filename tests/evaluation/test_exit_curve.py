"""Thresholds, their accuracy and cost, against values by hand."""

import numpy as np
import pytest

from s2dnet_mmaction.evaluation.exit_curve import choose_exit, exit_curve
from s2dnet_mmaction.evaluation.predictions import Predictions

# Largest synopsis scores .9 (right), .6 (wrong), .8 (wrong), .7 (right);
# answers: right, right, wrong, wrong
CASE = Predictions(
    labels=np.array([0, 0, 1, 1]),
    answer=np.array([[.9, .1], [.7, .3], [.6, .4], [.8, .2]]),
    synopsis=np.array([[.9, .1], [.4, .6], [.8, .2], [.3, .7]]))


def test_curve():
    curve = exit_curve(CASE, 10, 100)
    np.testing.assert_allclose(curve['threshold'], [1, .8, .7, .6, 0])
    np.testing.assert_allclose(curve['exited'], [0, .25, .5, .75, 1])
    # video 3 is right if it ends, video 1 only if it goes on
    np.testing.assert_allclose(curve['accuracy'], [.5, .5, .5, .75, .5])
    np.testing.assert_allclose(curve['macs'], [100, 77.5, 55, 32.5, 10])


def test_thresholds_end_as_many_as_they_say():
    """With the rule of the model: above the threshold, in float32."""
    rng = np.random.default_rng(0)
    scores = rng.dirichlet([.3] * 5, 200).astype(np.float32)
    scores[:40] = scores[0]  # equally sure
    labels = rng.integers(5, size=200)
    curve = exit_curve(Predictions(labels, scores[::-1], scores), 1, 2)
    assert len(curve) < 200
    for row in curve.itertuples():
        ended = scores.max(1) > row.threshold
        assert ended.mean() == pytest.approx(row.exited)
        answers = np.where(ended, scores.argmax(1), scores[::-1].argmax(1))
        assert (answers == labels).mean() == pytest.approx(row.accuracy)


@pytest.mark.parametrize('goal, threshold', [
    (dict(budget=80), .6),  # the most accurate
    (dict(budget=200), .6),
    (dict(budget=10), 0),
    (dict(max_drop=0), 0),  # the cheapest
])
def test_choice(goal, threshold):
    assert choose_exit(exit_curve(CASE, 10, 100),
                       **goal).threshold == threshold


def test_choice_keeps_accuracy():
    sure_and_wrong = CASE._replace(
        synopsis=CASE.synopsis[:, ::-1].copy(), answer=np.eye(2)[CASE.labels])
    chosen = choose_exit(exit_curve(sure_and_wrong, 10, 100), max_drop=.25)
    assert chosen.accuracy == .75
    assert choose_exit(exit_curve(sure_and_wrong, 10, 100),
                       max_drop=0).exited == 0


@pytest.mark.parametrize('goal, match', [
    ({}, 'budget and max_drop: got None and None, expected one of them'),
    (dict(budget=1, max_drop=1), 'expected one of them'),
    (dict(budget=9e9), r'budget: got 9.000 GMACs, expected at least 10.000'),
    (dict(max_drop=-1), 'max_drop: got -1'),
])
def test_bad_choice(goal, match):
    with pytest.raises(ValueError, match=match):
        choose_exit(exit_curve(CASE, 1e10, 1e11), **goal)


@pytest.mark.parametrize('changes, match', [
    (dict(synopsis=None), 'no synopsis_score'),
    (dict(exited=np.arange(4) == 1), 'Test again without exit_threshold'),
])
def test_bad_predictions(changes, match):
    with pytest.raises(ValueError, match=match):
        exit_curve(CASE._replace(**changes), 1, 2)
