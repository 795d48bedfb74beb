"""The lateral fusion (Eq. 9)."""

import pytest
import torch
import torch.nn as nn

from s2dnet_mmaction.models.backbones import LateralFusion


@pytest.mark.parametrize('ndim', [2, 3])
@pytest.mark.parametrize('norm_cfg', [dict(type='BN'), None])
def test_fusion_is_equation_9(ndim, norm_cfg):
    """The factored form equals a 1x1x1 convolution of [e, E(m)]."""
    fusion = LateralFusion(5, 4, ndim, norm_cfg).double().train()
    e = torch.randn(2, 5, 3, 6, 7).double()  # (B, C, T, h, w)
    m = torch.randn(2, 4).double()

    expanded = m[..., None, None, None].expand(-1, -1, 3, 6, 7)
    conv = nn.Conv3d(9, 5, 1, bias=norm_cfg is None).double()
    with torch.no_grad():
        weight = torch.cat([
            fusion.conv.conv.weight.flatten(1), fusion.conv.linear.weight
        ], dim=1)
        conv.weight.copy_(weight[..., None, None, None])
        if norm_cfg is None:
            conv.bias.copy_(fusion.conv.conv.bias)
    expected = conv(torch.cat([e, expanded], dim=1))
    if norm_cfg is not None:
        expected = nn.BatchNorm3d(5).double()(expected)
    expected = expected.relu()

    if ndim == 2:
        got = fusion(e.transpose(1, 2).flatten(0, 1), m)
        got = got.unflatten(0, (2, 3)).transpose(1, 2)
    else:
        got = fusion(e, m)
    torch.testing.assert_close(got, expected)


def test_fusion_initialises_both_halves_alike():
    """As one convolution over all input channels would."""
    fusion = LateralFusion(300, 100, 2)
    bound = 400**-0.5
    for weight in (fusion.conv.conv.weight, fusion.conv.linear.weight):
        assert 0.95 * bound < weight.abs().max() <= bound
