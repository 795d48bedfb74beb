"""Guiding features and targets by hand and by loops."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2dnet_mmaction.functional.nonsaliency import (
    closeness,
    frame_targets,
    guiding_feature,
)

SCORES = torch.tensor([[.6, .4], [.3, .7], [.9, .1], [.8, .2], [.7, .3]])
FEATURES = torch.tensor([[1., 0], [2, 0], [3, 0], [4, 0], [5, 1]])


@pytest.mark.parametrize('share, expected', [
    # Frames 0, 2, 3, 4 are right, the surest first: 2, 3, 4, 0
    (.3, [3.5, 0]), (.25, [3., 0]), (.01, [3., 0]), (1., [3.25, .25]),
    (.75, [4, 1 / 3])])
def test_guiding_feature(share, expected):
    torch.testing.assert_close(
        guiding_feature(FEATURES, SCORES, 0, share), torch.tensor(expected))


def test_without_a_correct_frame():
    assert guiding_feature(FEATURES, SCORES[[0, 0]], 1) is None
    assert guiding_feature(FEATURES, SCORES, 1).tolist() == [2, 0]


def test_closeness():
    angles = torch.tensor([0., 60, 90, 180]) * math.pi / 180
    features = 7 * torch.stack([angles.cos(), angles.sin()], 1)
    torch.testing.assert_close(closeness(features, torch.tensor([.2, 0])),
                               torch.tensor([1, .5, 0, -1]))


@given(st.integers(1, 7), st.booleans(), st.integers(0, 99))
def test_targets(frames, hard, seed):
    rng = torch.Generator().manual_seed(seed)
    saliency = torch.rand(2, frames, generator=rng)
    classes = torch.tensor([[0., 1, 0], [.5, 0, .5]])
    targets = frame_targets(saliency, classes, hard)
    assert targets.shape == (2, frames, 4)
    torch.testing.assert_close(targets.sum(2), torch.ones(2, frames))
    for video in range(2):
        order = saliency[video].argsort(descending=True).tolist()
        for t in range(frames):
            g = float(saliency[video, t])
            if hard:
                g = float(order.index(t) < math.ceil(frames / 2))
            expected = [g * share for share in classes[video]] + [1 - g]
            torch.testing.assert_close(targets[video, t],
                                       torch.tensor(expected))


@pytest.mark.parametrize('call, message', [
    (lambda: guiding_feature(FEATURES, SCORES, 0, 0), 'share: got 0'),
    (lambda: frame_targets(torch.tensor([[1.5]]), torch.ones(1, 1)),
     'saliency: got 1.5'),
    (lambda: frame_targets(torch.tensor([[torch.nan]]), torch.ones(1, 1)),
     'saliency: got nan')])
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
