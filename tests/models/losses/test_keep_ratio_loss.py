"""The loss of the keep ratio."""

import pytest
import torch

from s2dnet_mmaction.models.losses import KeepRatioLoss


def test_equation():
    """Mean over blocks of the squared distance, each over the batch."""
    loss = KeepRatioLoss(0.5, loss_weight=2.0)
    masks = torch.tensor([[[1., 1], [1, 1]], [[0, 0], [1, 0]]],
                         requires_grad=True)
    value = loss(masks)
    assert float(value) == pytest.approx(2 * (.5**2 + .25**2) / 2)
    value.backward()
    # d/dm: 2 * 1/2 * -2 (target - ratio) / 4
    assert masks.grad[0].unique().tolist() == [.25]
    loss.target_now = 1.0
    assert float(loss(masks)) == pytest.approx(2 * (0 + .75**2) / 2)


@pytest.mark.parametrize('options, match', [
    (dict(target=0), 'target: got 0'),
    (dict(target=1.2), r'target: got 1.2, expected a number in \(0, 1\]'),
    (dict(target=.5, loss_weight=0), 'loss_weight: got 0'),
])
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        KeepRatioLoss(**options)
