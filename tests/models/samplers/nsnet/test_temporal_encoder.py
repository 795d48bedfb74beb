"""The transformer over frames."""

import pytest
import torch

from s2dnet_mmaction.models.samplers.nsnet.temporal_encoder import (
    TemporalEncoder,
)


def test_the_numbers_of_the_supplement():
    encoder = TemporalEncoder(16, 5)
    assert encoder.dropout.p == .2 and len(encoder.layers) == 3
    layer = encoder.layers[0]
    assert layer.linear1.out_features == 16  # d, not 4 d
    assert layer.self_attn.head_dim == 2  # d / heads
    assert not layer.norm_first
    weights = sum(p.numel() for p in layer.parameters() if p.dim() == 2)
    assert weights == 6 * 16 ** 2


def test_frames_know_of_each_other_and_of_their_place():
    torch.manual_seed(0)
    encoder = TemporalEncoder(8, 5, num_layers=2, num_heads=2).eval()
    x = torch.randn(2, 5, 8, requires_grad=True)
    y = encoder(x)
    assert y.shape == x.shape
    seen, = torch.autograd.grad(y[0, 0, 0], x)
    assert (seen[0].abs().sum(1) > 0).all() and seen[1].abs().sum() == 0
    turned = encoder(x.flip(1)).flip(1)
    assert not torch.allclose(turned, y, atol=1e-4)
    with torch.no_grad():
        encoder.places.zero_()
        torch.testing.assert_close(encoder(x.flip(1)).flip(1), encoder(x))


@pytest.mark.parametrize('options, message', [
    (dict(num_heads=3), 'num_heads: got 3'),
    (dict(num_frames=0), 'num_frames: got 0')])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        TemporalEncoder(**dict(dict(channels=8, num_frames=4), **options))


def test_other_numbers_of_frames():
    with pytest.raises(ValueError, match='candidates: got 3'):
        TemporalEncoder(8, 4)(torch.zeros(1, 3, 8))
