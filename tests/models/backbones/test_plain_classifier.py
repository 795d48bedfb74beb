"""Classifiers that read the mean of the last map."""

import pytest
import torch
import torch.fx
import torch.nn as nn
import torch.nn.functional as F

from s2dnet_mmaction.models.backbones.plain_classifier import (
    find_plain_classifier,
)

IMAGES = torch.randn(2, 3, 8, 8)


class Head(nn.Module):
    """A map, and any steps behind it."""

    def __init__(self, steps, **layers):
        super().__init__()
        self.map = nn.Identity()
        self.fc = nn.Linear(3, 4)
        self.steps = steps
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x):
        return self.steps(self, self.map(x))


def found(net):
    graph = torch.fx.Tracer().trace(net.eval())
    nodes = list(graph.nodes)
    index = [node.target for node in nodes].index('map')
    return find_plain_classifier(net, nodes[index + 1:])


@pytest.mark.parametrize('steps, layers, name', [
    (lambda s, x: s.fc(x.mean((2, 3))), {}, 'fc'),
    (lambda s, x: s.fc(torch.mean(x, dim=[-2, -1])), {}, 'fc'),
    (lambda s, x: s.fc(F.dropout(F.adaptive_avg_pool2d(
        x, 1).view(x.size(0), -1), training=s.training)), {}, 'fc'),
    (lambda s, x: s.last(torch.flatten(s.pool(x), 1)), dict(
        pool=nn.AdaptiveAvgPool2d((1, 1)),
        last=nn.Sequential(nn.Dropout(), nn.Linear(3, 4))), 'last.1'),
    (lambda s, x: s.head(x), dict(head=nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 4))), 'head.2'),
])
def test_plain(steps, layers, name):
    """What the layer answers to the mean is what the network answers."""
    net = Head(steps, **layers)
    assert found(net) == name
    torch.testing.assert_close(
        net(IMAGES), net.get_submodule(name)(IMAGES.mean((2, 3))))


@pytest.mark.parametrize('steps, layers', [
    (lambda s, x: s.fc(x.mean((2, 3)).relu()), {}),
    (lambda s, x: s.fc(s.norm(x.mean((2, 3)))), dict(norm=nn.LayerNorm(3))),
    (lambda s, x: s.fc(F.normalize(x.mean((2, 3)))), {}),
    (lambda s, x: s.fc(x.mean((2, 3))) * 2, {}),
    (lambda s, x: s.fc(s.fc2(x.mean((2, 3)))), dict(fc2=nn.Linear(3, 3))),
    (lambda s, x: s.fc(x.amax((2, 3))), {}),
    (lambda s, x: s.fc(x.mean((1, 2))), {}),
    (lambda s, x: s.fc(x.view(2, 8, 8, 3).mean(1).mean(1)), {}),
    (lambda s, x: s.fc(x.view(2, 8, 3, 8).transpose(1, 2).mean((2, 3))), {}),
    (lambda s, x: s.fc(s.pool(x).flatten(1)), dict(
        pool=nn.AdaptiveAvgPool2d(2), fc=nn.Linear(12, 4))),
    (lambda s, x: x.mean((2, 3)), {}),
])
def test_not_plain(steps, layers):
    assert found(Head(steps, **layers)) is None
