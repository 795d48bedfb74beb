"""X3D with explicit stages, against MMAction2's X3D and the paper."""

import pytest
import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch.utils.flop_counter import FlopCounterMode

from s2dnet_mmaction.models import X3DStages
from s2dnet_mmaction.models.backbones import VideoBackbone

X3D_M = dict(type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=2.2)
STAGES_M = dict(
    type='X3DStages',
    stem_channels=24,
    stage_channels=(24, 48, 96, 192),
    stage_blocks=(3, 5, 11, 7))
TINY = dict(
    type='X3DStages',
    stem_channels=4,
    stage_channels=(4, 8, 8, 12),
    stage_blocks=(1, 2, 1, 1))


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


def build_on_meta(cfg):
    """Build without memory or numbers; X3D.eval() returns None."""
    with torch.device('meta'):
        model = MODELS.build(cfg)
    model.eval()
    return model


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def gmacs(size_px, *models):
    """Multiply-adds of convolutions and linear layers, 16 frames."""
    # A FLOP counter by operators: mmengine's traces the model, which meta
    # tensors do not survive.
    x = torch.empty(1, 3, 16, size_px, size_px, device='meta')
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        for model in models:
            x = model(x)
    return counter.get_total_flops() / 2e9


def test_equals_x3d_m():
    x3d, stages = MODELS.build(X3D_M), MODELS.build(STAGES_M)
    x3d.init_weights()
    for module in x3d.modules():
        if isinstance(module, nn.BatchNorm3d):  # zeros would hide the blocks
            nn.init.uniform_(module.weight, 0.5, 1.5)
    expected = x3d.state_dict()
    shapes = {name: value.shape for name, value in expected.items()}
    got = stages.state_dict()
    assert list(got) == list(expected)
    assert {name: value.shape for name, value in got.items()} == shapes
    assert stages.feat_dim == x3d.feat_dim == 432
    stages.load_state_dict(expected)
    x3d.eval()
    stages.eval()
    clip = torch.randn(2, 3, 4, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(stages(clip), x3d(clip), rtol=0, atol=0)


@pytest.mark.parametrize('options', [
    dict(se_style='all', norm_eval=True),
    dict(se_ratio=None, in_channels=2, act_cfg=dict(type='SiLU')),
    dict(num_stages=2, spatial_strides=(1, 2), frozen_stages=1),
])
def test_options_are_those_of_x3d(options):
    depth = options.get('num_stages', 4)
    explicit = dict(
        stage_channels=STAGES_M['stage_channels'][:depth],
        stage_blocks=STAGES_M['stage_blocks'][:depth])
    x3d = build_on_meta(dict(X3D_M, **options))
    stages = build_on_meta(dict(STAGES_M, **explicit, **options))
    for model in (x3d, stages):
        model.train()
    assert repr(stages).replace('X3DStages', 'X3D') == repr(x3d)
    state = [[(name, parameter.shape, parameter.requires_grad)
              for name, parameter in model.named_parameters()]
             for model in (stages, x3d)]
    assert state[0] == state[1]
    modes = [[(name, module.training)
              for name, module in model.named_modules()]
             for model in (stages, x3d)]
    assert sorted(modes[0]) == sorted(modes[1])


def test_x3d_xl_is_the_papers():
    """Tab. 3 of the paper: widths, depths and sizes of the feature maps."""
    model = build_on_meta(dict(type='X3DStages'))
    x = torch.empty(1, 3, 16, 312, 312, device='meta')
    x = model.conv1_t(model.conv1_s(x))
    assert x.shape == (1, 32, 16, 156, 156)
    table = [  # inside, out, blocks, side
        (72, 32, 5, 78), (162, 72, 10, 39), (306, 136, 25, 20),
        (630, 280, 15, 10)
    ]
    for name, (inside, out, blocks, side) in zip(model.res_layers, table):
        layer = getattr(model, name)
        assert len(layer) == blocks
        for block in layer:
            assert block.conv1.conv.out_channels == inside
            assert block.conv2.conv.groups == inside
            assert block.conv3.conv.out_channels == out
        x = layer(x)
        assert x.shape == (1, out, 16, side, side)
    assert model.conv5(x).shape == (1, 630, 16, 10, 10)
    assert model.feat_dim == 630


def test_x3d_xl_costs_what_the_paper_says():
    """The paper reports 48.4 G multiply-adds per view and 11.0 M parameters.

    The first holds at 356 pixels, 312 enlarged by 256 / 224 as the test
    crops of X3D-M are; at the training size of 312 it is 35.84 G. The second
    holds without the batch norms' parameters.
    """
    model = build_on_meta(dict(type='X3DStages'))
    head = build_on_meta(
        dict(type='X3DHead', in_channels=630, num_classes=400))
    assert count(model) == 8_986_064
    norms = sum(
        count(module) for module in model.modules()
        if isinstance(module, nn.BatchNorm3d))
    assert count(model) + count(head) - norms == pytest.approx(11.0e6, abs=5e4)
    assert gmacs(312, model, head) == pytest.approx(35.84, abs=0.01)
    assert gmacs(356, model, head) == pytest.approx(48.4, abs=0.05)


def test_init_weights_as_x3d():
    model = MODELS.build(TINY)
    model.init_weights()
    for name in model.res_layers:
        for block in getattr(model, name):
            assert (block.conv3.bn.weight == 0).all()
            assert (block.conv2.bn.weight == 1).all()
    model = MODELS.build(dict(TINY, zero_init_residual=False))
    model.init_weights()
    assert (model.layer1[0].conv3.bn.weight == 1).all()


def test_within_video_backbone():
    backbone = VideoBackbone(TINY, num_frames=4, size=32)
    assert backbone.feature_shape == (27, 4, 1, 1)  # 27 = int(12 * 2.25)
    features = backbone.extract(torch.randn(2, 4, 3, 32, 32))
    assert features.shape == (2, 27, 4, 1, 1)
    features.sum().backward()
    assert backbone.backbone.conv1_s.conv.weight.grad.abs().sum() > 0


@pytest.mark.parametrize('options, error, match', [
    (dict(stage_channels=(32, 72)), ValueError,
     r'stage_channels: got \(32, 72\), expected 4 ints'),
    (dict(stage_blocks=(5, 10, 25, 15, 5)), ValueError,
     r'stage_blocks: got \(5, 10, 25, 15, 5\), expected 4 ints'),
    (dict(spatial_strides=(2, 2)), ValueError, 'spatial_strides: got'),
    (dict(num_stages=2), ValueError, r'expected 2 ints \(res2, res3\)'),
    (dict(num_stages=5), ValueError, 'num_stages: got 5, expected at most 4'),
    (dict(stage_blocks=(5, 0, 25, 15)), ValueError, 'stage_blocks: got 0'),
    (dict(stem_channels=24.0), TypeError, 'stem_channels: got 24.0'),
    (dict(gamma_w=2.9), TypeError, 'gamma_w: got 2.9, expected no such'),
    (dict(depth=50), TypeError, 'depth'),
])
def test_bad_options(options, error, match):
    with pytest.raises(error, match=match):
        X3DStages(**options)
