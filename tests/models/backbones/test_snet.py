"""SNet."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support import tiny


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


@pytest.mark.parametrize('backbone, size, expected', [
    (tiny.RESNET, 16, (128, 3, 2, 2)),
    (tiny.MOBILENET_TSM, (32, 64), (1280, 3, 1, 2)),
    (tiny.X3D, 32, (96, 3, 1, 1)),
])
def test_features(backbone, size, expected):
    """Found without running numbers, and what running numbers gives."""
    snet = MODELS.build(
        dict(type='SNet', num_frames=3, size=size, backbone=backbone))
    assert snet.feature_shape == expected
    frames = torch.randint(0, 256, (2, 5, 3, 20, 20), dtype=torch.uint8)
    synopsis = snet.sample(frames, torch.tensor([5, 2]))
    assert synopsis.shape == (2, 3, 3, *snet.size)
    assert snet(synopsis).shape == (2, *expected)
    assert all(p.device.type == 'cpu' for p in snet.parameters())


def test_frames_of_a_video_stay_together():
    """TSM must shift within a video: swapping videos swaps features."""
    snet = MODELS.build(
        dict(
            type='SNet', num_frames=3, size=32, backbone=tiny.MOBILENET_TSM))
    snet.eval()
    frames = torch.randn(2, 3, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(
            snet(frames.flip(0)), snet(frames).flip(0), atol=1e-5, rtol=0)
