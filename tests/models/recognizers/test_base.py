"""What a recognizer of raw frames does around its head."""

import pytest
import torch

from s2dnet_mmaction.models import TopKMaskedHead
from tests.support import tiny


class OwnHead(TopKMaskedHead):
    """As a user may write it: it passes on what it knows."""

    def loss(self, feats, data_samples, synopsis_logits, topk, context,
             **kwargs):
        return super().loss(feats, data_samples, synopsis_logits, topk,
                            context)


@pytest.mark.parametrize('live', [True, False])
def test_head_of_ones_own_keeps_the_loss_scale(live):
    """And idle parameters of stage 1 get gradients of zero."""

    def gradients(head, scale):
        model = tiny.build(neck=dict(normalise_grad='batch'),
                           cls_head=dict(type=head))
        model.neck.staged, model.neck.live = True, live
        losses = tiny.run(model, 'loss', tiny.batch(), True)
        (scale * (losses['loss_synopsis'] + losses['loss_detail'])).backward()
        return [p.grad / scale for p in model.neck.parameters()]

    expected = gradients('TopKMaskedHead', 1)
    assert live == any(bool(grad.any()) for grad in expected)
    for got, grad in zip(gradients(OwnHead, 1024.), expected):
        torch.testing.assert_close(got, grad)
