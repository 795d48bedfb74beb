import pytest
import torch

from s2dnet_mmaction.functional import topk_vector


def test_hard():
    probs = torch.tensor([[.1, .4, .2, .3], [.7, .1, .15, .05]])
    expected = [[0, 1, 0, 1], [1, 0, 1, 0]]
    assert topk_vector(probs, 2).tolist() == expected


def test_ties_still_give_k():
    assert topk_vector(torch.full((3, 7), 1 / 7), 5).sum(1).tolist() == [5] * 3


def test_soft_is_p_without_gradient():
    probs = torch.rand(2, 4, requires_grad=True)
    soft = topk_vector(probs, 2, 'soft')
    assert torch.equal(soft, probs)
    assert not soft.requires_grad


@pytest.mark.parametrize('k, mode, error, match', [
    (5, 'hard', ValueError, 'k: got 5, expected at most the number of'),
    (0, 'hard', ValueError, 'k: got 0'),
    (2., 'hard', TypeError, 'k: got 2.0'),
    (2, 'fuzzy', ValueError, "topk_mode: got 'fuzzy'"),
])
def test_errors(k, mode, error, match):
    with pytest.raises(error, match=match):
        topk_vector(torch.rand(1, 4), k, mode)
