"""AF-ResNet: sizes, multiply-adds, initialisation."""

import pytest
import torch
from torch import nn

from s2dnet_mmaction.models.backbones import AFResNet
from s2dnet_mmaction.models.backbones.afnet.blocks import (
    FocalBlock,
    ResidualBlock,
)
from s2dnet_mmaction.models.backbones.afnet.frame_macs import count_frame_macs


def head(net):
    """The classifier of 174 classes, as counted in the published figures."""
    class Head(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(net.out_channels, 174)

        def forward(self, x, num_segs):
            return self.fc(x.mean((2, 3)))
    return Head()


@pytest.mark.parametrize('depth, fixed, skipped, params, blocks', [
    # measured on the authors' code
    (50, 1.832, 1.047, 23.20, 10),
    (101, 2.064, 2.903, 34.20, 27),
])
def test_published_costs(depth, fixed, skipped, params, blocks):
    """Multiply-adds of a frame in 1e9, parameters in 1e6."""
    net = AFResNet(depth, 2).eval()
    classifier = head(net)
    macs = count_frame_macs(net, classifier, (224, 224))
    assert macs.fixed / 1e9 == pytest.approx(fixed, rel=.002)
    # Of all masks with the same ratio; blocks of a depth cost differently.
    assert macs.blocks.sum() / 1e9 == pytest.approx(skipped, rel=.002)
    assert len(macs.blocks) == len(net.focal_blocks) == blocks
    # The navigation has 20 weights for each further frame.
    more = 6 * blocks * (4 + 2)
    number = sum(p.numel() for each in (net, classifier)
                 for p in each.parameters()) + more
    assert number / 1e6 == pytest.approx(params, abs=.005)


def test_shapes():
    """Stages end at 1/8, 1/16, 1/16 and 1/32 (supplement, Tab. 7)."""
    net = AFResNet(34, 2).eval()
    sizes = []
    for stage in net.stages:
        stage.register_forward_hook(lambda _, __, out: sizes.append(
            tuple((out[0] if isinstance(out, tuple) else out).shape[1:])))
    with torch.no_grad():
        features, masks = net(torch.randn(2, 3, 64, 96))
    assert sizes == [(64, 8, 12), (128, 4, 6), (256, 4, 6), (512, 2, 3)]
    assert features.shape == (2, 512, 2, 3) and masks.shape == (10, 1, 2)


def test_odd_sizes():
    """The halves of 9 and 5 are rounded up in the ample branch."""
    net = AFResNet(34, 1, base_channels=16).eval()
    with torch.no_grad():
        features, _ = net(torch.randn(1, 3, 70, 36))
    assert features.shape[-2:] == (3, 2)


def test_focal_branch_has_groups():
    net = AFResNet(50, 2, focal_groups=4)
    for block in net.focal_blocks:
        groups = {module.groups for module in block.stack.modules()
                  if isinstance(module, nn.Conv2d)}
        assert groups == {4}


def test_shift_comes_before_every_block():
    for shift, expected in ((True, 3), (False, None)):
        net = AFResNet(34, 3, shift=shift)
        assert {block.shift_frames for block in net.modules()
                if isinstance(block, ResidualBlock)} == {expected}


def test_initialisation():
    """Blocks of all frames start as their shortcut; biases of the gate."""
    net = AFResNet(34, 2, base_channels=16, start_logits=(0.0, 2.0))
    net.init_weights()
    for block in net.modules():
        if isinstance(block, ResidualBlock):
            last = list(block.stack)[-1].weight
            assert bool(last.any()) == isinstance(block, FocalBlock)
    assert net.layer3.navigation[1].decide.bias.tolist() == [0, 2] * 2
    std = float(net.layer1.fusion.fc1.weight.detach().std())
    assert std == pytest.approx(.01, rel=.3)
