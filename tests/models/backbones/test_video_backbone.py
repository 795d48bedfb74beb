"""Any backbone, from frames to (B, C, T, h, w)."""

import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support import tiny


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


@pytest.mark.parametrize('backbone, size, shape', [
    (dict(
        type='MViT',
        arch=dict(
            embed_dims=16, num_layers=2, num_heads=1, downscale_indices=[1]),
        spatial_size=32, temporal_size=4), 32, (32, 2, 4, 4)),
    (dict(
        type='TimeSformer', num_frames=4, img_size=32, patch_size=16,
        embed_dims=24, num_heads=2, num_transformer_layers=2,
        pretrained=None), 32, (24, 1, 1, 1)),
])
def test_class_tokens_and_vectors(backbone, size, shape):
    """A map beside a class token, and a vector (one position)."""
    snet = MODELS.build(
        dict(type='SNet', num_frames=4, size=size, backbone=backbone))
    assert snet.feature_shape == shape
    assert snet(torch.randn(2, 4, 3, size, size)).shape == (2, *shape)


def test_wrong_number_of_frames_is_refused():
    snet = MODELS.build(
        dict(type='SNet', num_frames=3, size=16, backbone=tiny.RESNET))
    with pytest.raises(ValueError, match='frames of SNet: got 4, expected'):
        snet(torch.randn(1, 4, 3, 16, 16))


LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}


def layouts(net):
    """Whether each weight of a convolution is channels last."""
    weights = [p for p in net.parameters() if p.dim() in LAYOUTS]
    assert len(weights) > 5
    for weight in weights:
        strides = [
            weight.is_contiguous(memory_format=layout)
            for layout in (torch.contiguous_format, LAYOUTS[weight.dim()])
        ]
        if not all(strides):  # 1x1 kernels are both
            yield strides[1]


@pytest.mark.parametrize('backbone', [tiny.RESNET_TSM, tiny.X3D])
def test_train_and_eval_lay_the_weights_out(backbone):
    """Channels last on a CPU, standard elsewhere, however it got there."""
    net = MODELS.build(
        dict(type='SNet', num_frames=4, size=32, backbone=backbone))
    assert not any(layouts(net))  # to be wrapped or moved
    assert net.eval() is net
    assert all(layouts(net))
    other = copy.deepcopy(net).double().float()
    other.load_state_dict(net.state_dict())
    assert all(layouts(other.train()))
    other.to('meta').train()
    assert not any(layouts(other))


def test_layout_on_another_device_is_the_users():
    net = MODELS.build(
        dict(type='SNet', num_frames=3, size=32, backbone=tiny.RESNET))
    net.to('meta').to(memory_format=torch.channels_last)
    assert all(layouts(net.eval()))
