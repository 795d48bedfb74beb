"""Agreement of a sampler with the guiding saliency."""

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmengine.registry import init_default_scope

TRUTH = [0., .5, 1, .2]


def metric(*samples):
    init_default_scope('mmaction')
    built = METRICS.build(dict(type='SaliencyCorrelationMetric'))
    built.process(None, samples)
    return built.evaluate(len(samples))


def sample(truth=TRUTH, **saliency):
    return dict(true_scores=np.array(truth, np.float32), saliency={
        name: torch.tensor(values) for name, values in saliency.items()})


def test_means_over_videos():
    scaled = [3 * value - 7 for value in TRUTH]
    found = metric(sample(fs=scaled, vg=[-value for value in TRUTH]),
                   sample(fs=[1., 2, 2, 1], vg=[.3] * 4))
    own = np.corrcoef([1, 2, 2, 1], TRUTH)[0, 1]
    assert found == {
        'saliency/fs': pytest.approx((1 + own) / 2),
        'saliency/vg': pytest.approx((-1 + 0) / 2)}


def test_candidates_that_were_not_looked_at():
    found = metric(sample(fs=[0., -torch.inf, 1, -torch.inf]))
    assert found['saliency/fs'] == pytest.approx(1)


@pytest.mark.parametrize('lacking', ['true_scores', 'saliency'])
def test_predictions_without(lacking):
    one = sample(fs=TRUTH)
    del one[lacking]
    with pytest.raises(ValueError, match='prediction: got none of saliency'):
        metric(one)
