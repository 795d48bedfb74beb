"""Fusion of the branches."""

import pytest
import torch
import torch.nn.functional as F

from s2dnet_mmaction.models.backbones.afnet.dynamic_fusion import (
    AddFusion,
    DynamicFusion,
)


@pytest.mark.parametrize('small, large', [
    ((3, 4), (6, 8)), ((4, 4), (7, 7)), ((5, 6), (5, 6))])
@pytest.mark.parametrize('layout', [
    torch.contiguous_format, torch.channels_last])
def test_equation(small, large, layout):
    """theta ample + (1 - theta) focal, with nearest upsampling."""
    torch.manual_seed(0)
    ample, focal = (torch.randn(2, 32, *size).to(memory_format=layout)
                    for size in (small, large))
    module = DynamicFusion(32, bias=True)
    upsampled = F.interpolate(ample, large)
    means = (upsampled + focal).mean((2, 3))
    theta = module.fc2(module.fc1(means).relu()).sigmoid()[..., None, None]
    torch.testing.assert_close(module(ample, focal),
                               theta * upsampled + (1 - theta) * focal)
    torch.testing.assert_close(AddFusion()(ample, focal), upsampled + focal)


def test_gradients():
    module = DynamicFusion(16).double()
    maps = [torch.randn(2, 16, size, size, dtype=torch.double,
                        requires_grad=True) for size in (2, 4)]
    assert torch.autograd.gradcheck(module, maps)
