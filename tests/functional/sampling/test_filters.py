import pytest
import torch

from s2dnet_mmaction.functional import gaussian_weights, linear_weights
from s2dnet_mmaction.functional.sampling.filters import FILTERS


@pytest.mark.parametrize('name', FILTERS)
def test_rows_sum_to_one_and_padding_is_zero(name):
    positions = torch.tensor([[-1e6, -3., 0., 2.3, 4., 90.]] * 2)
    weights = FILTERS[name](positions, 7, torch.tensor([3, 7]))
    assert weights.shape == (2, 6, 7)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 6))
    assert (weights[0, :, 3:] == 0).all()
    assert (weights >= 0).all()


def test_gaussian_by_hand():
    weights = gaussian_weights(torch.tensor([[1.]]), 3, var=2.)
    side = torch.tensor(-1 / 4).exp()
    expected = torch.stack([side, torch.ones(()), side]) / (1 + 2 * side)
    torch.testing.assert_close(weights[0, 0], expected)


def test_gaussian_outside_by_hand():
    """Half a sample beyond the border, exactly Eq. (7)."""
    weights = gaussian_weights(torch.tensor([[2.5]]).double(), 3)
    expected = torch.softmax(
        -(2.5 - torch.arange(3.).double()).square() / 2, dim=0)
    torch.testing.assert_close(weights[0, 0], expected)


def test_linear_by_hand():
    weights = linear_weights(torch.tensor([[0.25, 5., -2.]]), 3)
    expected = [[0.75, 0.25, 0.], [0., 0., 1.], [1., 0., 0.]]
    torch.testing.assert_close(weights[0], torch.tensor(expected))


@pytest.mark.parametrize('name', FILTERS)
def test_one_sample(name):
    weights = FILTERS[name](torch.tensor([[-1., 0., 3.]]), 1)
    torch.testing.assert_close(weights, torch.ones(1, 3, 1))
