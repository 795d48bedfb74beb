"""AF-MobileNetV3: sizes and multiply-adds."""

import pytest
import torch
from mmaction.registry import MODELS

from s2dnet_mmaction.models.backbones import AFMobileNetV3
from s2dnet_mmaction.models.backbones.afnet.blocks import ResidualBlock
from s2dnet_mmaction.models.backbones.afnet.frame_macs import count_frame_macs


@pytest.fixture(scope='module')
def net():
    return AFMobileNetV3(8).eval()


def test_published_costs(net):
    """Measured on the authors' code: of a frame, with 174 classes."""
    head = MODELS.build(dict(
        type='MobileNetV3Head', num_classes=174, in_channels=960,
        num_segments=8, is_shift=False)).eval()
    macs = count_frame_macs(net, head, (224, 224))
    assert macs.fixed / 1e9 == pytest.approx(.1735, rel=.003)
    assert macs.blocks.sum() / 1e9 == pytest.approx(.0193, rel=.003)
    number = sum(p.numel() for each in (net, head)
                 for p in each.parameters())
    assert number / 1e6 == pytest.approx(4.507, abs=.001)


def test_shapes(net):
    sizes = []
    for stage in net.stages:
        stage.register_forward_hook(lambda _, __, out: sizes.append(
            tuple((out[0] if isinstance(out, tuple) else out).shape[1:])))
    with torch.no_grad():
        features, masks = net(torch.randn(8, 3, 64, 64))
    assert sizes == [(16, 32, 32), (24, 8, 8), (40, 4, 4), (80, 4, 4),
                     (112, 4, 4), (160, 2, 2)]
    assert features.shape == (8, 960, 2, 2) and masks.shape == (5, 1, 8)


def test_shift_is_everywhere(net):
    """As in the authors' code, the head included."""
    blocks = [block for block in net.modules()
              if isinstance(block, ResidualBlock)]
    assert {block.shift_frames for block in blocks} == {8}
    assert not any(block.shift_frames
                   for block in AFMobileNetV3(8, shift=False).modules()
                   if isinstance(block, ResidualBlock))


def test_widths(net):
    """The widening of a block, rounded to multiples of 8."""
    hidden = [block.stack.conv1.out_channels for block in net.stage3.focal]
    assert hidden == [240, 200, 184]
    assert net.stage2.fusion.fc1.out_features == 2  # int(40 / 16)
