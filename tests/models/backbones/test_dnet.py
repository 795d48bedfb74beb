"""DNet with its lateral fusions."""

import pytest
import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support import tiny


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


def fused_dnet():
    return MODELS.build(
        dict(
            type='DNet',
            num_frames=2,
            size=16,
            backbone=tiny.RESNET,
            fusion_stages=('layer1', ),
            context_channels=4))


def test_context_reaches_the_features():
    dnet = fused_dnet().eval()
    keys = set(dnet.backbone.state_dict())
    assert keys == set(MODELS.build(tiny.RESNET).state_dict())
    volume = torch.randn(2, 2, 3, 16, 16)
    with torch.no_grad():
        zero = dnet(volume, torch.zeros(2, 4))
        other = dnet(volume, torch.tensor([[0.] * 4, [3.] * 4]))
    torch.testing.assert_close(zero[0], other[0])
    assert (zero[1] - other[1]).abs().max() > 1e-3


def test_backbone_alone_is_refused():
    dnet = fused_dnet()
    frames = torch.randn(2, 3, 16, 16)
    with pytest.raises(ValueError, match='Call DNet itself'):
        dnet.backbone(frames)
    dnet(frames[None], torch.zeros(1, 4))  # whose context does not stay
    with pytest.raises(ValueError, match='Call DNet itself'):
        dnet.backbone(frames)


def test_one_stage_that_is_no_tuple_is_refused():
    with pytest.raises(ValueError, match=r"Write fusion_stages=\('res3', \)"):
        MODELS.build(
            dict(
                type='DNet', num_frames=2, size=16, backbone=tiny.RESNET,
                fusion_stages='res3', context_channels=4))


def test_stage_that_never_runs_is_refused():

    @MODELS.register_module(name='BackboneWithIdleStage', force=True)
    class BackboneWithIdleStage(nn.Module):

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.idle = nn.Conv2d(4, 4, 1)

        def forward(self, x):
            return self.conv(x)

    with pytest.raises(ValueError, match='a stage that runs in forward'):
        MODELS.build(
            dict(
                type='DNet',
                num_frames=2,
                size=16,
                backbone=dict(type='BackboneWithIdleStage'),
                fusion_stages=('idle', ),
                context_channels=4))
