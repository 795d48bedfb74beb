"""The objectives of SCSampler against plain loops and AR-Net's code."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from s2dnet_mmaction.functional.saliency import (
    rank_loss,
    salient_clips,
    salient_loss,
)

GOLDEN = Path(__file__).parents[1] / 'data/arnet_sal_rank.npz'


def plain_rank_loss(saliency, teacher, margin, ties):
    terms = []
    for s, t in zip(saliency.tolist(), teacher.tolist()):
        for i in range(len(s)):
            for j in range(i + 1, len(s)):
                if t[i] == t[j] and ties == 'drop':
                    continue
                z = 1 if t[i] > t[j] else -1
                terms.append(max(0, margin - z * (s[i] - s[j])))
    return sum(terms) / max(1, len(terms))


@pytest.mark.parametrize('ties', ['drop', 'second'])
@pytest.mark.parametrize('margin', [0, .1, 2])
def test_rank_loss_is_the_loop(margin, ties):
    torch.manual_seed(0)
    saliency = torch.randn(3, 7, dtype=torch.double)
    teacher = torch.randint(4, (3, 7)).double()
    got = rank_loss(saliency, teacher, margin, ties)
    assert got.item() == pytest.approx(
        plain_rank_loss(saliency, teacher, margin, ties), rel=1e-12)


@pytest.mark.parametrize('margin', ['0', '0.1', '1.0'])
@pytest.mark.parametrize('tied', ['', 'tied_'])
def test_as_arnet(margin, tied):
    """Values and gradients of ops/sal_rank_loss.py."""
    golden = {name: torch.from_numpy(value)
              for name, value in np.load(GOLDEN).items() if value.ndim > 0
              or value.dtype.kind == 'f'}
    teacher = golden['sr_real_tied' if tied else 'sr_real']
    outputs = golden['sr_lite'].requires_grad_()
    label = golden['sr_target'].unsqueeze(1).expand(-1, 16, -1)
    loss = rank_loss(
        outputs.gather(2, label)[..., 0], teacher.gather(2, label)[..., 0],
        float(margin), ties='second')
    loss.backward()
    wanted = golden[f'sr_loss_{tied}m{margin}']
    assert loss.item() == pytest.approx(wanted.item(), abs=1e-5)
    torch.testing.assert_close(
        outputs.grad, golden[f'sr_grad_{tied}m{margin}'], atol=1e-5, rtol=0)


def test_only_ties_have_no_loss():
    saliency = torch.randn(2, 3, requires_grad=True)
    loss = rank_loss(saliency, torch.ones(2, 3), 1.)
    loss.backward()
    assert loss.item() == 0
    assert (saliency.grad == 0).all()


@pytest.mark.parametrize('k', [1, 2, 4, 9])
def test_salient_clips(k):
    teacher = torch.tensor([[.2, .9, .2, .1], [.0, .0, .0, .0]])
    salient = salient_clips(teacher, k)
    assert salient.sum(1).tolist() == [min(k, 3)] * 2
    # The first of equals; one clip at least is not salient.
    assert salient[0].tolist() == [k > 1, True, k > 2, False]


def test_one_clip_is_salient():
    assert salient_clips(torch.zeros(1, 1), 3).tolist() == [[True]]


def test_salient_loss_is_the_loop():
    torch.manual_seed(0)
    saliency = torch.randn(2, 5, dtype=torch.double)
    salient = torch.rand(2, 5) < .3
    terms = {True: [], False: []}
    for s, positive in zip(saliency.flatten().tolist(),
                           salient.flatten().tolist()):
        p = 1 / (1 + math.exp(-s))
        terms[positive].append(-math.log(p if positive else 1 - p))
    expected = sum(sum(t) / len(t) for t in terms.values()) / 2
    assert salient_loss(saliency, salient).item() == pytest.approx(
        expected, rel=1e-12)


def test_gradients():
    torch.manual_seed(0)
    saliency = torch.randn(2, 5, dtype=torch.double, requires_grad=True)
    teacher = torch.rand(2, 5, dtype=torch.double)
    assert torch.autograd.gradcheck(
        lambda s: rank_loss(s, teacher, .3), saliency)
    assert torch.autograd.gradcheck(
        lambda s: salient_loss(s, salient_clips(teacher, 2)), saliency)


@pytest.mark.parametrize('call, message', [
    (lambda x: rank_loss(x, x[:, :2]), 'teacher.shape: got'),
    (lambda x: rank_loss(x, x, -1), 'margin: got -1'),
    (lambda x: rank_loss(x, x, 1, 'keep'), "ties: got 'keep'"),
    (lambda x: salient_clips(x, 0), 'k: got 0'),
    (lambda x: salient_loss(x[0], x[0]), 'teacher.shape: got'),
])
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call(torch.zeros(2, 3))
