import math

import pytest
import torch
import torch.nn.functional as F
from mmaction.models.losses import CrossEntropyLoss

from s2dnet_mmaction.functional import detail_loss

LOGITS = torch.tensor([[2., 0., 1.], [0., 3., 0.]])
TOPK = torch.tensor([[1., 0., 1.], [1., 0., 1.]])


def log_softmax(row, classes):
    total = sum(math.exp(row[c]) for c in classes)
    return [math.log(math.exp(v) / total) for v in row]


def test_gated_by_hand():
    """The second video's class is not in the top k: it adds 0."""
    loss = detail_loss(LOGITS, TOPK, torch.tensor([0, 1]))
    expected = -log_softmax(LOGITS[0].tolist(), range(3))[0] / 2
    assert loss.item() == pytest.approx(expected)


def test_gated_gradient_of_a_missed_video_is_zero():
    logits = LOGITS.clone().requires_grad_()
    detail_loss(logits, TOPK, torch.tensor([0, 1])).backward()
    assert (logits.grad[1] == 0).all()
    assert (logits.grad[0] != 0).all()


def test_renormalised_by_hand():
    loss = detail_loss(LOGITS, TOPK, torch.tensor([0, 1]), 'renormalised')
    expected = -log_softmax(LOGITS[0].tolist(), (0, 2))[0] / 2
    assert loss.item() == pytest.approx(expected)


def test_renormalised_gradient_is_finite():
    logits = LOGITS.clone().requires_grad_()
    detail_loss(logits, TOPK, torch.tensor([0, 1]), 'renormalised').backward()
    assert logits.grad.isfinite().all()
    assert logits.grad[0, 1] == 0


def test_plain_with_smoothing():
    labels = torch.tensor([0, 1])
    loss = detail_loss(LOGITS, TOPK, labels, 'plain', 0.1)
    target = torch.full((2, 3), 0.1 / 3)
    target[[0, 1], [0, 1]] += 0.9
    expected = -(target * LOGITS.log_softmax(-1)).sum(1).mean()
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize('kind', ['gated', 'renormalised', 'plain'])
def test_soft_labels_agree_with_hard(kind):
    labels = torch.tensor([2, 0])
    hard = detail_loss(LOGITS, TOPK, labels, kind)
    soft = detail_loss(LOGITS, TOPK, torch.eye(3)[labels], kind)
    torch.testing.assert_close(hard, soft)


def test_soft_topk_weighs():
    topk = torch.tensor([[.5, .3, .2], [.1, .8, .1]])
    loss = detail_loss(LOGITS, topk, torch.tensor([0, 1]))
    log_probs = LOGITS.log_softmax(-1)
    expected = -(0.5 * log_probs[0, 0] + 0.8 * log_probs[1, 1]) / 2
    torch.testing.assert_close(loss, expected)


WEIGHT = torch.tensor([1., 2., 5.])
SOFT = torch.tensor([[.7, .2, .1], [.5, .5, 0.]])


def test_class_weights_by_hand():
    """Weighted mean: the missed video counts with its weight of 2."""
    p = LOGITS[0].exp() / LOGITS[0].exp().sum()
    loss = detail_loss(LOGITS, TOPK, torch.tensor([2, 1]),
                       class_weight=WEIGHT)
    assert loss.item() == pytest.approx(5 * -math.log(p[2]) / (5 + 2))
    p = LOGITS[0, [0, 2]].exp() / LOGITS[0, [0, 2]].exp().sum()
    loss = detail_loss(LOGITS, TOPK, torch.tensor([2, 1]), 'renormalised',
                       class_weight=WEIGHT)
    assert loss.item() == pytest.approx(5 * -math.log(p[1]) / (5 + 2))


@pytest.mark.parametrize('smoothing', [0, 0.1])
def test_plain_class_weights_are_those_of_torch(smoothing):
    labels = torch.tensor([2, 1])
    loss = detail_loss(LOGITS, TOPK, labels, 'plain', smoothing, WEIGHT)
    torch.testing.assert_close(
        loss, F.cross_entropy(LOGITS, labels, WEIGHT,
                              label_smoothing=smoothing))


def test_plain_soft_labels_are_those_of_mmaction2():
    for weight in (None, WEIGHT):
        expected = CrossEntropyLoss(class_weight=weight)(LOGITS, SOFT)
        loss = detail_loss(LOGITS, TOPK, SOFT, 'plain', class_weight=weight)
        torch.testing.assert_close(loss, expected)
    # torch divides by the number of videos, not by the weights of the labels
    weights = (SOFT * WEIGHT).sum()
    torch.testing.assert_close(
        loss, F.cross_entropy(LOGITS, SOFT, WEIGHT) * 2 / weights)


def test_soft_labels_by_hand():
    """What the labels have outside the top k, class 1 here, adds 0."""
    p = LOGITS.softmax(-1).tolist()
    first = -.7 * math.log(p[0][0]) - .1 * math.log(p[0][2])
    second = -.5 * math.log(p[1][0])
    loss = detail_loss(LOGITS, TOPK, SOFT)
    assert loss.item() == pytest.approx((first + second) / 2)
    first = -.7 * math.log(p[0][0]) - 5 * .1 * math.log(p[0][2])
    weights = (.7 + 2 * .2 + 5 * .1) + (.5 + 2 * .5)
    loss = detail_loss(LOGITS, TOPK, SOFT, class_weight=WEIGHT)
    assert loss.item() == pytest.approx((first + second) / weights)


@pytest.mark.parametrize('kind', ['gated', 'renormalised', 'plain'])
def test_mixed_labels_give_mixed_losses(kind):
    one, two = torch.tensor([0, 1]), torch.tensor([2, 0])
    mixed = .3 * torch.eye(3)[one] + .7 * torch.eye(3)[two]
    torch.testing.assert_close(
        detail_loss(LOGITS, TOPK, mixed, kind),
        .3 * detail_loss(LOGITS, TOPK, one, kind)
        + .7 * detail_loss(LOGITS, TOPK, two, kind))


@pytest.mark.parametrize('kind', ['gated', 'renormalised', 'plain'])
def test_shares_of_mixed_labels_with_class_weights(kind):
    """The share of a label times the weight of its class."""
    one, two = torch.tensor([0, 1]), torch.tensor([2, 0])
    mixed = .3 * torch.eye(3)[one] + .7 * torch.eye(3)[two]

    def loss(labels):
        return detail_loss(LOGITS, TOPK, labels, kind, class_weight=WEIGHT)

    shares = .3 * WEIGHT[one].sum(), .7 * WEIGHT[two].sum()
    torch.testing.assert_close(
        loss(mixed), (shares[0] * loss(one) + shares[1] * loss(two))
        / sum(shares))
    assert not torch.isclose(loss(mixed), .3 * loss(one) + .7 * loss(two))


@pytest.mark.parametrize('kind, smoothing, match', [
    ('focal', 0, "loss: got 'focal'"),
    ('gated', 0.1, "label_smooth_eps: got 0.1 with loss='gated'"),
    ('plain', 1.5, 'label_smooth_eps: got 1.5'),
])
def test_errors(kind, smoothing, match):
    with pytest.raises(ValueError, match=match):
        detail_loss(LOGITS, TOPK, torch.tensor([0, 1]), kind, smoothing)
