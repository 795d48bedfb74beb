import numpy as np
import pytest
import torch
from mmaction.evaluation import AccMetric

from s2dnet_mmaction.evaluation import SynopsisDetailMetric


def sample(answer, synopsis, topk, label):
    return dict(
        pred_score=torch.tensor(answer),
        synopsis_score=torch.tensor(synopsis),
        topk_label=torch.tensor(topk),
        gt_label=torch.tensor([label]))


SAMPLES = [
    # right; the synopsis net alone is wrong
    sample([0., .6, .3, 0.], [.1, .3, .4, .2], [2, 1], 1),
    # wrong, though among the top 2
    sample([.2, .0, .7, 0.], [.5, .1, .3, .1], [0, 2], 0),
    # not among the top 2: third in the synopsis net's order
    sample([.9, .0, .1, 0.], [.4, .2, .3, .1], [0, 2], 1),
]


def evaluate(metric):
    metric.process(None, SAMPLES)
    return metric.evaluate(len(SAMPLES))


def test_by_hand():
    metric = SynopsisDetailMetric(
        metric_options=dict(top_k_accuracy=dict(topk=(1, 2, 3))))
    results = evaluate(metric)
    expected = {
        'acc/top1': 1 / 3,
        'acc/top2': 2 / 3,
        'acc/top3': 1,  # the rest in the order of the synopsis net
        'acc/synopsis_top1': 1 / 3,
        'acc/synopsis_top2': 2 / 3,
        'acc/synopsis_top3': 1,
        'acc/topk_recall': 2 / 3
    }
    for name, value in expected.items():
        assert results[name] == pytest.approx(value), name
    assert next(iter(results)) == 'acc/top1'  # what save_best='auto' takes


def test_same_numbers_as_acc_metric():
    rng = np.random.default_rng(0)
    ours, theirs = SynopsisDetailMetric(), AccMetric()
    batch = []
    for _ in range(50):
        scores = rng.dirichlet(np.ones(8)).tolist()
        batch.append(sample(scores, scores, [0], int(rng.integers(8))))
    for metric in (ours, theirs):
        metric.process(None, batch)
    ours, theirs = ours.evaluate(50), theirs.evaluate(50)
    for name, value in theirs.items():
        assert ours[name] == value
        assert ours[name.replace('acc/', 'acc/synopsis_')] == value


def test_other_recognizers_are_refused():
    broken = {k: v for k, v in SAMPLES[0].items() if k != 'synopsis_score'}
    with pytest.raises(ValueError, match='Use AccMetric'):
        SynopsisDetailMetric().process(None, [broken])


@pytest.mark.parametrize('label', [-1, 4])
def test_labels_outside_the_classes(label):
    """Also for data sets and configs without a check of their own."""
    with pytest.raises(ValueError, match=f'gt_label: got {label}, expected '
                       '0 <= label < num_classes=4'):
        SynopsisDetailMetric().process(
            None, [sample([0., .6, .3, 0.], [.1, .3, .4, .2], [2, 1], label)])
