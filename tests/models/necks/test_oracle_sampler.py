"""A window at the true place."""

import pytest
import torch

from s2dnet_mmaction.models.common.temporary_attributes import (
    temporary_attributes,
)
from s2dnet_mmaction.models.necks import OracleSampler

LENGTHS, FRAME_SIZE = torch.tensor([7, 5]), (24, 28)


def test_window_is_at_the_place():
    sampler = OracleSampler((4, 6, 8), stride=(2.0, 1.5))
    places = torch.tensor([[.5, -.25, .75], [-1., 0., 1.]])
    with temporary_attributes(sampler, places=places):
        theta, _ = sampler.locate(LENGTHS, FRAME_SIZE)
    assert theta.center_t.tolist() == [.5, -1.]
    assert theta.stride_t.tolist() == [2., 2.]
    for center, expected in ((theta.center_y, places[:, 1]),
                             (theta.center_x, places[:, 2])):
        assert torch.equal(center, expected[:, None].expand(2, 4))
    for stride in (theta.stride_y, theta.stride_x):
        assert torch.equal(stride, torch.full((2, 4), 1.5))


def test_without_places():
    sampler = OracleSampler((4, 6, 8))
    with pytest.raises(ValueError, match='places: got None'):
        sampler.locate(LENGTHS, FRAME_SIZE)


@pytest.mark.parametrize('options, match', [
    (dict(stride=(1.0, )), 'stride'),
    (dict(stride=(0.0, 1.0)), 'stride'),
    (dict(stride=2.0), 'stride'),
    (dict(axes=('depth', )), 'axes'),
])
def test_errors(options, match):
    with pytest.raises(ValueError, match=match):
        OracleSampler((4, 6, 8), **options)
