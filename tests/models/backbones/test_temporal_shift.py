"""The temporal shift in 2D networks."""

import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.backbones.temporal_shift import add_temporal_shift
from tests.support import packages, tiny
from tests.support.packages import MobileNet, ResNet


@pytest.fixture(autouse=True)
def scope(monkeypatch):
    packages.provide(monkeypatch)
    init_default_scope('mmaction')
    torch.manual_seed(0)


def snet(backbone, **options):
    return MODELS.build(
        dict(type='SNet', num_frames=4, size=32, backbone=backbone,
             **options))


def test_resnet_with_shift_is_that_of_mmaction2():
    """Same weights, same numbers as ResNetTSM."""
    tsm = snet(dict(tiny.RESNET_TSM))
    plain = snet(dict(type='ResNet', depth=18), temporal_shift=dict())
    for same, value in zip(plain.state_dict().values(),
                           tsm.state_dict().values()):
        same.copy_(value)
    frames = torch.randn(2, 4, 3, 32, 32)
    torch.testing.assert_close(plain.eval()(frames), tsm.eval()(frames))


@pytest.mark.parametrize('kind', ['torchvision.resnet18', 'timm.resnet18'])
def test_frames_of_a_video_see_their_neighbours(kind):
    net = snet(dict(type=kind), temporal_shift=dict(shift_div=4)).eval()
    assert sum('conv1.net' in name for name in net.state_dict()) == 8
    for module in net.modules():  # timm starts with branches that give 0
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)
    frames = torch.randn(2, 4, 3, 32, 32)
    changed = frames.clone()
    changed[0, 3] += 1
    with torch.no_grad():
        difference = (net(frames) - net(changed)).abs().amax((1, 3, 4))
    assert difference[0, 2] > 1e-4  # (B, T)
    assert difference[1].max() == 0
    without = snet(dict(type=kind)).eval()
    with torch.no_grad():
        difference = (without(frames) - without(changed)).abs().amax((1, 3, 4))
    assert difference[0, 3] > 1e-4 and difference[0, :3].max() < 1e-5


def test_named_layers():
    net = MobileNet()
    assert add_temporal_shift(net, 4, [r'features\.(4|6)\.0']) == [
        'features.4.0', 'features.6.0']


def test_every_second_block_of_long_stages():
    """As TSM's code does from ResNet-101 on."""
    net = ResNet()
    net.layer3.extend(copy.deepcopy(net.layer3[1]) for _ in range(21))
    names = add_temporal_shift(net, 4)
    assert sum(name.startswith('layer3') for name in names) == 12
    assert [name for name in names if name.startswith('layer1')] == [
        'layer1.0.conv1']


@pytest.mark.parametrize('backbone, shift, match', [
    (tiny.X3D, dict(), 'X3D, a 3D backbone'),
    (dict(tiny.RESNET_TSM), dict(), 'ResNetTSM, which shifts at'),
    (dict(type='torchvision.mobilenet_v2'), dict(),
     r'no module of ImageBackbone matches.*features\.0\.0'),
    (dict(type='torchvision.resnet18'), dict(layers=['layer1']),
     'layer1: got Sequential, expected a 2D convolution'),
    (dict(type='torchvision.resnet18'), dict(layers='conv1'),
     r"Write layers=\['conv1'\]"),
    (dict(type='torchvision.resnet18'), dict(shift_div=99999),
     'channels, expected at least shift_div=99999'),
])
def test_errors(backbone, shift, match):
    with pytest.raises(ValueError, match=match):
        snet(backbone, temporal_shift=shift)
