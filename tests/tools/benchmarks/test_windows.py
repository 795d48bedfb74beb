"""Bytes and multiply-adds of windows, compared with counts."""

import pytest
import torch

from s2dnet_mmaction.analysis.sampler_macs import banded_macs
from s2dnet_mmaction.functional import Theta, detail_sample
from windows import (
    bytes_of_windows,
    copy_bandwidth,
    macs_of_windows,
    random_windows,
)


def window(center=0.0, stride=1.0, frames_out=2):
    return Theta(*(torch.full(shape, value)
                   for shape in ((1, ), (1, frames_out), (1, frames_out))
                   for value in (center, stride)))


def test_bytes_are_those_that_change_the_result():
    """Every pixel that is counted changes it, and no other does."""
    size = (2, 3, 3)
    theta = window(stride=0.5)
    frames = torch.zeros(1, 20, 1, 16, 16)
    matters = 0
    for t in range(20):
        probe = frames.clone()
        probe[0, t] = 1e12  # so that 1e-9 of it would show
        shows = detail_sample(
            probe, **theta._asdict(), size=size, backend='torch')
        matters += bool((shows > 0).any())
    pixels = bytes_of_windows(theta, size, frames) / frames.element_size()
    # Times 9.25 and 9.75; rows and columns 7, 7.5 and 8.
    assert matters == 12
    assert pixels == matters * 13 * 13


def test_strides_leave_gaps():
    """Of rows 40 pixels apart only the taps are read."""
    theta = window(stride=40.0, frames_out=1)
    frames = torch.zeros(1, 12, 1, 200, 12, dtype=torch.uint8)
    assert bytes_of_windows(theta, (1, 3, 1), frames) == 12 * 36 * 12


@pytest.mark.parametrize('seed', range(3))
def test_a_window_is_at_most_the_frame(seed):
    size = (4, 20, 20)
    theta = random_windows(2, 30, size, seed)
    frames = torch.zeros(2, 30, 3, 40, 50, dtype=torch.uint8)
    work = macs_of_windows(theta, size, frames)
    assert 0 < work <= 2 * 3 * banded_macs(size, (30, 40, 50))
    assert 0 < bytes_of_windows(theta, size, frames) <= frames.numel()


def test_random_windows_are_reproducible():
    for one, two in zip(random_windows(2, 30, (4, 5, 6), 7),
                        random_windows(2, 30, (4, 5, 6), 7)):
        assert torch.equal(one, two)
    assert not torch.equal(
        random_windows(2, 30, (4, 5, 6), 1).center_t,
        random_windows(2, 30, (4, 5, 6), 2).center_t)


def test_copy_bandwidth_is_a_rate():
    assert copy_bandwidth('cpu', megabytes=8) > 1e8
