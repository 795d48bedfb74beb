"""Stages of every family of backbones."""

import pytest
import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.backbones.stages import find_stage
from tests.support import tiny
from tests.support.fusions import check_fusions


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


# One small network of each family in MMAction2, and the width of its stages.
FAMILIES = {
    'resnet-tsm': (dict(tiny.RESNET_TSM), 64, {'res3': 128, 'res4': 256}),
    'mobilenetv2-tsm': (dict(tiny.MOBILENET_TSM, num_segments=4), 64, {
        'res2': 8, 'res3': 8, 'res4': 24, 'res5': 80
    }),
    'resnet3d': (dict(
        type='ResNet3d', depth=18, pretrained2d=False, pretrained=None,
        norm_eval=False), 64, {'res2': 64, 'res3': 128, 'res5': 512}),
    'x3d': (dict(tiny.X3D), 64, {'res2': 8, 'res3': 16, 'res4': 32}),
    'uniformer': (dict(
        type='UniFormer', depth=[1, 2, 1, 1], embed_dim=[16, 32, 32, 64],
        head_dim=16), 64, {'res2': 16, 'res3': 32, 'res4': 32}),
    'swin': (dict(
        type='SwinTransformer3D',
        arch=dict(embed_dims=12, depths=[1, 1, 2, 1], num_heads=[1, 2, 2, 4]),
        pretrained2d=False, window_size=(2, 3, 3), patch_size=(2, 4, 4)), 96, {
            'res2': 12, 'res3': 24, 'res4': 48, 'res5': 96
        }),
    'mvit': (dict(
        type='MViT',
        arch=dict(
            embed_dims=16, num_layers=4, num_heads=1,
            downscale_indices=[1, 2]),
        spatial_size=64, temporal_size=4), 64, {'res2': 16, 'res3': 32}),
    'vit': (dict(
        type='VisionTransformer', img_size=32, patch_size=16, embed_dims=24,
        depth=2, num_heads=2, mlp_ratio=2, num_frames=4, qkv_bias=True,
        return_feat_map=True), 32, {'blocks.0': 24}),
}


@pytest.mark.parametrize('family', FAMILIES)
def test_any_family_with_fusions(family):
    """Every stage takes a fusion, and the features see the context."""
    backbone, size, stages = FAMILIES[family]
    dnet = check_fusions(backbone, size, stages)
    assert [fusion.conv.conv.out_channels for fusion in dnet.fusions
            ] == list(stages.values())


class Layers(nn.Module):
    """A user's own network: layer1 ... layer4 at 1/2 ... 1/16."""

    def __init__(self, name='layer'):
        super().__init__()
        for i in range(1, 5):
            self.add_module(f'{name}{i}', nn.Conv2d(3 if i == 1 else 8, 8, 3,
                                                    2, 1))

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x


@pytest.mark.parametrize('name, res3', [('layer', 1), ('part', 2)])
def test_own_network(name, res3):
    """Names of layers are names of stages; without them it is measured."""
    net = Layers(name)
    assert find_stage(net, 'res3') is list(net.children())[res3]


def test_unknown_stage_names_the_known_ones():
    with pytest.raises(ValueError, match="expected one of .'res2', 'res3'.*"
                       'submodule of X3D'):
        MODELS.build(
            dict(
                type='DNet', num_frames=2, size=32, backbone=tiny.X3D,
                fusion_stages=('res9', ), context_channels=4))
