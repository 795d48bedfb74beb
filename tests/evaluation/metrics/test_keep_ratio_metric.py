"""Realised keep ratios."""

import pytest
import torch

from s2dnet_mmaction.evaluation import KeepRatioMetric
from tests.support import afnet


def test_by_hand():
    metric = KeepRatioMetric()
    metric.process(None, [
        dict(keep_masks=torch.tensor([[1., 1], [0, 1]]), macs=2e9),
        dict(keep_masks=torch.tensor([[0., 1], [0, 0]]), macs=1e9)])
    assert metric.evaluate(2) == pytest.approx({
        'keep/ratio': (.75 + .25) / 2, 'keep/block0': .75,
        'keep/block1': .25, 'keep/gmacs': 1.5})


def test_predictions_of_the_network():
    model = afnet.build().eval()
    samples = model.test_step(afnet.batch(3))
    metric = KeepRatioMetric()
    metric.process(None, [sample.to_dict() for sample in samples])
    found = metric.evaluate(3)
    ratios = torch.stack([sample.keep_masks for sample in samples])
    assert found['keep/ratio'] == pytest.approx(float(ratios.mean()))
    macs = model.frame_macs((32, 32))
    expected = 3 * afnet.T * macs.fixed + float(
        ratios.double().sum((0, 2)) @ macs.blocks)
    assert found['keep/gmacs'] == pytest.approx(expected / 3e9)


def test_frame_of_the_detail():
    """At t = 0.1 of 11 frames: frame 5.5; the sampled one at 6 is nearest."""
    metric = KeepRatioMetric()
    sample = dict(keep_masks=torch.tensor([[0., 1, 0], [1, 1, 0]]), macs=1e9,
                  place=(0.1, 0.0, 0.0), frame_inds=[1, 6, 9],
                  total_frames=11)
    metric.process(None, [sample, dict(sample, place=(-1.0, 0.0, 0.0)),
                          dict(sample, place=None)])  # does not count
    found = metric.evaluate(3)
    assert found['keep/at_place'] == pytest.approx((1 + .5) / 2)
    assert found['keep/ratio'] == pytest.approx(.5)
    del sample['total_frames']
    with pytest.raises(ValueError, match='no total_frames'):
        metric.process(None, [sample])


def test_without_masks():
    with pytest.raises(ValueError, match='return_masks=True'):
        KeepRatioMetric().process(None, [dict(pred_score=1)])
