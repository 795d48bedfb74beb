"""SNet, DNet and the lateral fusion."""

import pytest
import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.backbones import LateralFusion
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


def test_wrong_number_of_frames_is_refused():
    snet = MODELS.build(
        dict(type='SNet', num_frames=3, size=16, backbone=tiny.RESNET))
    with pytest.raises(ValueError, match='frames of SNet: got 4, expected'):
        snet(torch.randn(1, 4, 3, 16, 16))


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


# One small network of each family of the host, and how fine its stages are.
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
    dnet = MODELS.build(
        dict(
            type='DNet',
            num_frames=4,
            size=size,
            backbone=backbone,
            fusion_stages=tuple(stages),
            context_channels=3))
    dnet.init_weights()
    assert [fusion.conv.conv.out_channels for fusion in dnet.fusions
            ] == list(stages.values())
    volume = torch.randn(2, 4, 3, size, size)
    context = torch.randn(2, 3, requires_grad=True)
    dnet.train()
    features = dnet(volume, context)
    assert features.shape == (2, *dnet.feature_shape)
    features.square().mean().backward()
    assert context.grad.abs().min() > 0
    for fusion in dnet.fusions:
        for parameter in fusion.parameters():
            assert parameter.grad.abs().max() > 0
    # m of a video reaches the features of that video only
    dnet.eval()
    with torch.no_grad():
        before = dnet(volume, context)
        context[1] += 3
        after = dnet(volume, context)
    torch.testing.assert_close(before[0], after[0], rtol=1e-4, atol=1e-5)
    assert (before[1] - after[1]).abs().max() > 1e-4


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


def test_unknown_stage_names_the_known_ones():
    with pytest.raises(ValueError, match="expected one of .'res2', 'res3'.*"
                       'submodule of X3D'):
        MODELS.build(
            dict(
                type='DNet', num_frames=2, size=32, backbone=tiny.X3D,
                fusion_stages=('res9', ), context_channels=4))


@pytest.mark.parametrize('backbone', [tiny.RESNET_TSM, tiny.X3D])
def test_layout_is_the_devices(backbone):
    """Channels last on the CPU, whatever the model has been through."""
    dnet = MODELS.build(
        dict(type='DNet', num_frames=4, size=32, backbone=backbone))
    layout = {4: torch.channels_last, 5: torch.channels_last_3d}

    def weights():
        return [p for p in dnet.parameters() if p.dim() in layout]

    assert len(weights()) > 10
    dnet.double().float()
    assert all(
        p.is_contiguous(memory_format=layout[p.dim()]) for p in weights())
    dnet.to('meta')
    assert all(p.is_contiguous() for p in weights())


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
