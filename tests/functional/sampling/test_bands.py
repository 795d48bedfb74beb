"""How far filters reach, against dense rows."""

import math

import pytest
import torch

from s2dnet_mmaction.functional import Theta, gaussian_weights
from s2dnet_mmaction.functional.sampling.bands import (
    frames_read,
    half_width,
    reach,
)
from s2dnet_mmaction.functional.sampling.filters import Filters


def test_half_width():
    """2 h taps leave out what weighs less than 1.6e-8 of the largest."""
    assert half_width('linear', 9.0) == 1
    assert half_width('gaussian', 1.0) == 6
    for var in (1e-9, 0.3, 1.0, 7.0, 100.0):
        half = half_width('gaussian', var)
        assert math.exp(-half**2 / (2 * var)) <= 1.61e-8
    assert half_width('gaussian', 1e300) == 1 << 20


@pytest.mark.parametrize('samples', [1, 5, 12, 13, 40])
def test_reach_holds_the_weight(samples):
    first = torch.linspace(-30, samples + 20, 101)
    last = first + 3.5
    spans = reach(first, last, samples, 6)
    assert spans.shape == (101, 2)
    for p, q, (start, stop) in zip(first, last, spans.tolist()):
        assert 0 <= start < stop <= samples
        assert stop - start >= min(12, samples)
        rows = gaussian_weights(torch.stack([p, q])[None].double(), samples)
        outside = rows[0].clone()
        outside[:, start:stop] = 0
        assert outside.max() < 2e-8


def test_reach_of_nan_and_infinity():
    spans = reach(torch.tensor([math.nan, math.inf, -math.inf]),
                  torch.tensor([math.nan, math.inf, -math.inf]), 30, 6)
    assert ((spans >= 0) & (spans <= 30)).all()


def test_frames_read():
    """Union over the output frames, within each video's own length."""
    theta = Theta(
        torch.zeros(2), torch.tensor([20., 1.]), *[torch.ones(2, 2)] * 4)
    lengths = torch.tensor([60, 9])
    read = frames_read(theta, 2, lengths, Filters())
    expected = torch.zeros(2, 60, dtype=torch.bool)
    expected[0, 14:26] = expected[0, 34:46] = True  # about 19.5 and 39.5
    expected[1, :9] = True
    assert torch.equal(read, expected)
