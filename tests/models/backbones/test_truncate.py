"""Networks cut behind a stage."""

import copy
import pickle

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from s2dnet_mmaction.models.backbones.truncate import truncate
from tests.support.packages import MobileNet, ResNet


@pytest.mark.parametrize('network, inside', [(ResNet, 'layer3'),
                                             (MobileNet, 'features.5')])
def test_same_numbers_as_the_whole(network, inside):
    torch.manual_seed(0)
    net, maps = network(), []
    cut, stages, _ = truncate(copy.deepcopy(net), 'res4')
    assert list(stages) == ['res2', 'res3', 'res4']
    net.get_submodule(inside).register_forward_hook(
        lambda module, inputs, output: maps.append(output))
    images = torch.randn(2, 3, 64, 64)
    net.eval()(images)
    cut.eval()
    torch.testing.assert_close(cut(images), maps[0])
    assert all(name in net.state_dict() for name in cut.state_dict())
    again = pickle.loads(pickle.dumps(copy.deepcopy(cut)))
    torch.testing.assert_close(again(images), maps[0])


class Tail(nn.Module):
    """Ends with steps that are no modules; so does each stage before."""

    def __init__(self, tail, num_classes=5):
        super().__init__()
        self.tail = tail
        for i in range(4):
            setattr(self, f'conv{i}', nn.Conv2d(8 if i else 3, 8, 3, 2, 1))
        for name in 'ab':
            setattr(self, name, nn.Conv2d(8, 8, 1))
        self.fc = nn.Linear(16 if 'cat' in tail else 8, num_classes)

    def forward(self, x):
        for i in range(4):
            x = getattr(self, f'conv{i}')(x if i == 0 else F.relu(x))
        a, b = self.a(x), self.b(x)
        if self.tail == 'relu':
            x = F.relu(b)
        elif self.tail == 'sum':
            x = x + a + b
        elif self.tail == 'cat':
            x = torch.cat([a, b], 1)
        elif self.tail == 'cat of means':
            x = torch.cat([t.mean((2, 3), True) for t in (a, b)], 1)
        x = F.adaptive_avg_pool2d(x, (1, 1))
        return self.fc(x.view(x.size(0), -1))


@pytest.mark.parametrize('tail', ['relu', 'sum', 'cat'])
def test_steps_that_are_no_modules(tail):
    """The classifier answers as in the whole network."""
    torch.manual_seed(0)
    net = Tail(tail).eval()
    cut, stages, classifier = truncate(copy.deepcopy(net), 'res4')
    assert classifier == 'fc'
    images, maps = torch.randn(2, 3, 64, 64), []
    cut.get_submodule(stages['res3']).register_forward_hook(
        lambda module, inputs, output: maps.append(output))
    logits = net.fc(cut.eval()(images).mean((2, 3)))
    torch.testing.assert_close(logits, net(images))
    assert maps[0].min() >= 0  # behind its relu


def test_several_last_maps_are_refused():
    with pytest.raises(ValueError, match="'res4', which ends with the maps "
                       r".*'a', 'b'.*Name an earlier stage"):
        truncate(Tail('cat of means'), 'res4')
    cut, _, classifier = truncate(Tail('cat of means'), 'res3')
    assert cut(torch.randn(1, 3, 64, 64)).shape == (1, 8, 8, 8)
    assert classifier is None


def test_training_mode_reaches_the_layers():
    torch.manual_seed(0)
    cut, _, _ = truncate(MobileNet())
    assert cut.training
    images = torch.randn(2, 3, 64, 64)
    training = cut(images)
    assert (training - cut.eval()(images)).abs().max() > 1e-3


class Fickle(nn.Module):
    """Noise of its own in training, or a branch on numbers."""

    def __init__(self, branch):
        super().__init__()
        self.branch = branch
        self.features = nn.Sequential(nn.Conv2d(3, 8, 4, 4))
        self.last = nn.Conv2d(8, 8, 2, 2)

    def forward(self, x):
        x = self.features(x)
        if self.branch:
            x = x if x.sum() > 0 else -x
        elif self.training:
            x = x + torch.rand_like(x)
        return self.last(x)


@pytest.mark.parametrize('branch, match', [
    (False, 'other steps in training'),
    (True, 'expected one that torch.fx can follow'),
])
def test_forward_that_cannot_be_recorded(branch, match):
    """The network runs on the meta device only without the branch."""
    with pytest.raises(ValueError, match=f'forward of Fickle.*{match}'):
        truncate(Fickle(branch), 'last')


def test_unknown_and_unused_stages():
    with pytest.raises(ValueError, match="got 'layer9'.*'conv1', 'bn1'"):
        truncate(ResNet(), 'layer9')
    net = ResNet()
    net.spare = nn.Conv2d(3, 3, 1)
    with pytest.raises(ValueError, match="'spare', expected a submodule that "
                       'forward calls'):
        truncate(net, 'spare')
