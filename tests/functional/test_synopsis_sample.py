import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2dnet_mmaction.functional import synopsis_sample, uniform_indices


@given(st.integers(1, 400), st.integers(1, 40))
def test_indices_are_linspace_rounded_down(length, num_frames):
    got = uniform_indices(torch.tensor([length]), num_frames)[0]
    # exact in rational arithmetic, which np.linspace is not
    expected = [
        i * (length - 1) // (num_frames - 1) if num_frames > 1 else 0
        for i in range(num_frames)
    ]
    assert got.tolist() == expected
    assert np.abs(got.numpy() -
                  np.linspace(0, length - 1, num_frames)).max() < 1


def test_frames_of_unequal_videos():
    frames = torch.arange(10.).view(1, 10, 1, 1, 1).expand(2, 10, 1, 2, 2)
    out = synopsis_sample(frames, torch.tensor([10, 4]), 4, (2, 2))
    assert out[:, :, 0, 0, 0].tolist() == [[0, 3, 6, 9], [0, 1, 2, 3]]


def test_padding_is_never_taken():
    frames = torch.zeros(1, 8, 3, 4, 4, dtype=torch.uint8)
    frames[:, 3:] = 255
    out = synopsis_sample(frames, torch.tensor([3]), 8, (2, 2))
    assert out.dtype == torch.float32
    assert out.abs().max() == 0


def test_bilinear_is_antialiased():
    """Stripes of one pixel become even grey, not stripes."""
    frames = torch.zeros(1, 1, 1, 32, 32)
    frames[..., ::2] = 200
    out = synopsis_sample(frames, None, 1, (8, 8))
    assert (out[..., 2:-2] - 100).abs().max() < 5
    nearest = synopsis_sample(frames, None, 1, (8, 8), 'nearest')
    assert set(nearest.unique().tolist()) <= {0., 200.}


def test_unknown_mode():
    with pytest.raises(ValueError, match="resize_mode: got 'area'"):
        synopsis_sample(torch.zeros(1, 1, 3, 4, 4), None, 1, (2, 2), 'area')
