"""Convolution of a map and a constant vector; its norms."""

import pytest
import torch
import torch.nn as nn

from s2dnet_mmaction.models.common.constant_concat_conv import (
    ConstantConcatConv,
    build_norm,
    check_batch_norm_input,
)


@pytest.mark.parametrize('shape', [(2, 5, 7), (2, 5, 6, 7), (2, 5, 3, 6, 7)])
@pytest.mark.parametrize('bias', [True, False])
def test_equals_one_convolution_of_both(shape, bias):
    ndim = len(shape) - 2
    layer = ConstantConcatConv(5, 4, 3, ndim, bias).double()
    x, vector = torch.randn(shape).double(), torch.randn(2, 4).double()
    weight = torch.cat([layer.conv.weight.flatten(1), layer.linear.weight], 1)
    constant = vector.view(2, 4, *[1] * ndim).expand(2, 4, *shape[2:])
    expected = torch.einsum('oc,bc...->bo...', weight,
                            torch.cat([x, constant], dim=1))
    if bias:
        expected = expected + layer.conv.bias.view(3, *[1] * ndim)
    torch.testing.assert_close(layer(x, vector), expected)
    parts = layer(x[:, :2], vector, x[:, 2:3], x[:, 3:])
    torch.testing.assert_close(parts, expected)


def test_frames_in_the_batch_share_the_vector_of_their_video():
    layer = ConstantConcatConv(5, 4, 3, 2)
    x, vector = torch.randn(6, 5, 2, 2), torch.randn(2, 4)
    got = layer(x, vector)
    for video in range(2):
        rows = slice(3 * video, 3 * video + 3)
        torch.testing.assert_close(
            got[rows], layer(x[rows], vector[video:video + 1]))


@pytest.mark.parametrize('ndim, kind', [(1, nn.BatchNorm1d),
                                        (2, nn.BatchNorm2d),
                                        (3, nn.BatchNorm3d)])
def test_norm_of_the_rank(ndim, kind):
    assert isinstance(build_norm(dict(type='BN'), 4, ndim), kind)
    assert isinstance(build_norm(None, 4, ndim), nn.Identity)
    assert isinstance(
        build_norm(dict(type='GN', num_groups=2), 4, ndim), nn.GroupNorm)


def test_training_batch_of_one():
    norm = nn.BatchNorm1d(4)
    check_batch_norm_input(norm.train(), norm, 2)
    check_batch_norm_input(norm.eval(), norm, 1)
    with pytest.raises(ValueError, match='drop_last=True'):
        check_batch_norm_input(norm.train(), norm, 1)
