"""The temporal shift, against MMAction2's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmaction.models.backbones.resnet_tsm import TemporalShift

from s2dnet_mmaction.functional.frame_shift import shift_frames

LAYOUTS = (torch.contiguous_format, torch.channels_last)


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('num_frames', [1, 2, 5])
def test_as_mmaction2(layout, num_frames):
    frames = torch.randn(2 * num_frames, 19, 3, 4)
    expected = TemporalShift.shift(frames, num_frames, 8)
    got = shift_frames(frames.to(memory_format=layout), num_frames, 8)
    assert torch.equal(got, expected)
    assert got.is_contiguous(memory_format=layout)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=12, max_size=12),
       st.sampled_from(LAYOUTS))
def test_picked_frames(keep, layout):
    """Also none and all of them."""
    frames = torch.randn(12, 16, 3, 2).to(memory_format=layout)
    picked = torch.tensor(keep).nonzero().flatten()
    got = shift_frames(frames, 4, 8, picked)
    assert torch.equal(got, shift_frames(frames, 4, 8)[picked])


def test_gradient():
    frames = torch.randn(6, 8, 2, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: shift_frames(x, 3, 4), frames)
