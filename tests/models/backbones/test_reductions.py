"""Stages of networks that nobody described."""

import pytest
import torch
import torch.fx
import torch.nn as nn

from s2dnet_mmaction.models.backbones.reductions import (
    find_stages,
    map_levels,
)
from tests.support.packages import MobileNet, ResNet


class Net(nn.Module):
    """Runs its parts in order, with the same activation after each."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self.act = nn.ReLU()

    def forward(self, x):
        for part in self.parts:
            x = self.act(part(x))
        return x


class Tokens(nn.Module):
    """Work on tokens, which is no map though its scores have four axes."""

    def __init__(self):
        super().__init__()
        self.scores = nn.Identity()

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        self.scores(tokens.reshape(len(x), 4, 14, -1))
        return self.inner(tokens) if hasattr(self, 'inner') else tokens


def halve(width_in=8, width=8):
    return nn.Conv2d(width_in, width, 3, 2, 1)


def test_children_that_are_stages():
    """Also where the first convolution in a block keeps the resolution."""
    net = ResNet()
    block = net.layer2[0]
    block.conv1.stride, block.conv2.stride = (1, 1), (2, 2)
    assert find_stages(net) == dict(
        res2='layer1', res3='layer2', res4='layer3', res5='layer4')


def test_parts_of_one_container():
    assert find_stages(MobileNet()) == dict(
        res2='features.2', res3='features.3', res4='features.5',
        res5='features.7')


def test_last_of_several_calls():
    """A stage ends with its activation, wherever else that runs."""
    net = Net(halve(3), halve(), halve())
    assert find_stages(net) == dict(res2='act', res3='act')


def test_channels_last_and_fixed_sizes():
    """A map (N, h, w, C) counts; a pooling to a fixed size does not."""
    class ChannelsLast(nn.Module):
        def forward(self, x):
            return x.permute(0, 2, 3, 1)

    net = nn.Sequential(halve(3), halve(), halve(), ChannelsLast())
    assert find_stages(net) == dict(res2='1', res3='3')
    net = nn.Sequential(halve(3), halve(), halve(),
                        nn.AdaptiveAvgPool2d((7, 7)))
    assert find_stages(net) == dict(res2='1', res3='2')


def test_classifier_is_no_stage():
    """A SqueezeNet's has convolutions before the pooling."""
    classifier = nn.Sequential(
        nn.Conv2d(8, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
    net = nn.Sequential(halve(3), halve(), halve(), classifier)
    assert find_stages(net) == dict(res2='1', res3='2')
    # A container that leads on to smaller maps has stages.
    whole = nn.Sequential(halve(), halve(), classifier)
    assert find_stages(nn.Sequential(halve(3), whole)) == dict(
        res2='1.0', res3='1.1')


def test_levels_of_recorded_steps():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.pool = halve(3), nn.AdaptiveAvgPool2d(7)
            self.last = nn.Conv2d(8, 8, 1)
            self.weight = nn.Parameter(torch.ones(8, 8, 7, 7))

        def forward(self, x):
            x = self.conv(x)
            gate = nn.functional.adaptive_avg_pool2d(x, 1).sigmoid()
            x = nn.functional.conv2d(x * gate, self.weight, padding=3)
            return self.last(self.pool(x)).flatten(1)

    levels = map_levels(torch.fx.symbolic_trace(Net()))
    assert levels == dict(
        x=0, conv=1, adaptive_avg_pool2d=None, sigmoid=None, mul=1,
        weight=None, conv2d=1, pool=None, last=None, flatten=None)


def test_tokens_have_no_stages():
    tokens = Tokens()
    tokens.inner = nn.Sequential(nn.LayerNorm(8))
    assert find_stages(nn.Sequential(nn.Conv2d(3, 8, 16, 16), tokens)) == {}


def test_network_that_does_not_run():
    with pytest.raises(ValueError, match='stages of Conv3d: got an error.*'
                       'Name a submodule'):
        find_stages(nn.Conv3d(3, 8, 3))
