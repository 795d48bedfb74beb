"""Networks cut behind a stage."""

import copy
import pickle

import pytest
import torch
import torch.nn as nn

from s2dnet_mmaction.models.backbones.truncate import truncate
from tests.support.packages import MobileNet, ResNet


@pytest.mark.parametrize('network, inside', [(ResNet, 'layer3'),
                                             (MobileNet, 'features.5')])
def test_same_numbers_as_the_whole(network, inside):
    torch.manual_seed(0)
    net, maps = network(), []
    cut, stages = truncate(copy.deepcopy(net), 'res4')
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


def test_training_mode_reaches_the_layers():
    torch.manual_seed(0)
    cut, _ = truncate(MobileNet())
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
