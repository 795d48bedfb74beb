"""Layout of the weights and order of the videos."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.backbones.execution import lay_out
from tests.support import tiny


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}


def test_lay_out():
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.Conv3d(3, 4, 3))
    for channels_last in (True, False):
        lay_out(module, channels_last)
        for conv in module:
            weight = conv.weight
            assert weight.is_contiguous() != channels_last
            assert weight.is_contiguous(
                memory_format=LAYOUTS[weight.dim()]) == channels_last


@pytest.mark.parametrize('backbone, num_calls', [(tiny.RESNET_TSM, 3),
                                                 (tiny.X3D, 1)])
def test_one_video_at_a_time_gives_the_same(backbone, num_calls):
    """What prediction on a CPU does with frames, against the whole batch."""
    dnet = MODELS.build(
        dict(
            type='DNet', num_frames=4, size=32, backbone=backbone,
            fusion_stages=('res3', ), context_channels=3))
    dnet.eval()
    volume, context = torch.randn(3, 4, 3, 32, 32), torch.randn(3, 3)
    calls = []
    dnet.backbone.register_forward_hook(
        lambda module, inputs, output: calls.append(len(inputs[0])))
    whole = dnet(volume, context)  # with gradients
    assert len(calls) == 1
    with torch.no_grad():
        torch.testing.assert_close(
            dnet(volume, context), whole, rtol=1e-4, atol=1e-5)
    assert len(calls) == 1 + num_calls
    dnet.train()
    with torch.no_grad():  # batch norms take their statistics of all
        dnet(volume, context)
    assert len(calls) == 2 + num_calls


def test_lay_out_in_inference_mode():
    """The weights can be trained afterwards."""
    conv = torch.nn.Conv2d(3, 4, 3)
    with torch.inference_mode():
        lay_out(conv, True)
    conv(torch.ones(1, 3, 5, 5)).sum().backward()
    assert conv.weight.grad is not None
