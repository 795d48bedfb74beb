"""Any backbone, from frames to (B, C, T, h, w)."""

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
