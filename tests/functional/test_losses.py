import math

import pytest
import torch

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


@pytest.mark.parametrize('kind, smoothing, match', [
    ('focal', 0, "loss: got 'focal'"),
    ('gated', 0.1, "label_smooth_eps: got 0.1 with loss='gated'"),
    ('plain', 1.5, 'label_smooth_eps: got 1.5'),
])
def test_errors(kind, smoothing, match):
    with pytest.raises(ValueError, match=match):
        detail_loss(LOGITS, TOPK, torch.tensor([0, 1]), kind, smoothing)
