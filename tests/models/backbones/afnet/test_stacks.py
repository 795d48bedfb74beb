"""Convolutions of the blocks."""

import pytest
import torch
from torch import nn

from s2dnet_mmaction.models.backbones.afnet.stacks import (
    SqueezeExcite,
    basic_stack,
    bottleneck_stack,
    inverted_stack,
    make_divisible,
    resnet_shortcut,
)


@pytest.mark.parametrize('stack', [basic_stack, bottleneck_stack])
@pytest.mark.parametrize('stride, groups', [(1, 1), (2, 1), (1, 2)])
def test_resnet_stacks(stack, stride, groups):
    net = stack(8, 16, stride, groups)
    assert net(torch.randn(2, 8, 6, 6)).shape == (2, 16, 6 // stride,
                                                  6 // stride)
    convs = [each for each in net if isinstance(each, nn.Conv2d)]
    assert {conv.groups for conv in convs} == {groups}
    assert isinstance(list(net)[-1], nn.BatchNorm2d)


def test_shortcut_counts_the_padding():
    """The mean of 3x3 numbers at a corner has five zeros."""
    pool = resnet_shortcut(3, 3, 2)
    assert [name for name, _ in pool.named_children()] == ['pool']
    out = pool(torch.ones(1, 3, 4, 4))
    torch.testing.assert_close(
        out[0, 0], torch.tensor([[4 / 9, 6 / 9], [6 / 9, 1]]))
    assert isinstance(resnet_shortcut(3, 3), nn.Identity)


@pytest.mark.parametrize('hidden, convs', [(8, 2), (24, 3)])
def test_inverted_stack(hidden, convs):
    """Not widened: without the first convolution."""
    net = inverted_stack(8, hidden, 12, 5, 2, True, False, 2)
    assert net(torch.randn(2, 8, 6, 6)).shape == (2, 12, 3, 3)
    assert sum(isinstance(each, nn.Conv2d) for each in net) == convs
    names = list(dict(net.named_children()))
    if convs == 3:  # squeeze-and-excitation before the activation
        assert names.index('se') < names.index('act2')


def test_squeeze_excite():
    module = SqueezeExcite(20)
    assert module.fc1.out_features == 8  # of 5, in steps of 8
    x = torch.randn(2, 20, 3, 3)
    hidden = torch.relu(module.fc1(x.mean((2, 3))))
    gate = (module.fc2(hidden) + 3).clamp(0, 6) / 6
    torch.testing.assert_close(module(x), x * gate[..., None, None])


@pytest.mark.parametrize('number, expected', [
    (3, 8), (10, 16), (12, 16), (19, 24), (184, 184), (960, 960)])
def test_make_divisible(number, expected):
    """10 becomes 16: 8 would be less than 90 % of it."""
    assert make_divisible(number) == expected
