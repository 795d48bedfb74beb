"""``init_cfg`` of SNet and DNet, and files in the backbone's own config."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support import tiny
from tests.support.checkpoints import (
    FILES,
    net,
    recognizer,
    torchvision_state,
    zoo_file,
)


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


def test_unknown_option_is_refused():
    with pytest.raises(ValueError, match="got 'prefixx', expected one of"):
        net('SNet', 'x3d', checkpoint='f.pth', prefixx='backbone')


def test_bad_pattern_is_refused_at_once():
    with pytest.raises(ValueError, match='allow_missing: got .\\('):
        net('SNet', 'x3d', checkpoint='f.pth', allow_missing=['('])


def test_classifier_of_a_class_token_is_left_out(tmp_path, monkeypatch):
    """MViTHead reads the class token, S2DNet the map beside it."""
    backbone = dict(
        type='MViT',
        arch=dict(
            embed_dims=16, num_layers=2, num_heads=1,
            downscale_indices=[1]),
        spatial_size=32,
        temporal_size=4)
    weights = {
        f'backbone.{name}': value
        for name, value in MODELS.build(backbone).state_dict().items()
    }
    weights['cls_head.fc_cls.weight'] = torch.rand(6, 32)
    torch.save(weights, tmp_path / 'mvit.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'mvit.pth'))
    dnet = dict(
        num_frames=4, size=32, fusion_stages=(), backbone=backbone,
        init_cfg=init_cfg)
    model = MODELS.build(tiny.model_config(dnet=dnet))
    model.init_weights()
    assert model.cls_head.fc_detail.weight.std() < 0.02  # init_std
    init_cfg['classifier'] = True
    with pytest.raises(ValueError, match='reads the class token'):
        MODELS.build(tiny.model_config(dnet=dnet)).init_weights()


@pytest.mark.parametrize('between', [[], ['head.norm.weight']])
def test_classifier_behind_other_layers_is_left_out(between, tmp_path):
    """Without a norm between map and classifier its answers are wrong."""
    weights = MODELS.build(dict(tiny.RESNET)).state_dict()
    weights['head.fc.weight'] = torch.full((6, 128), 2.)
    for name in between:
        weights[name] = torch.ones(128)
    torch.save(weights, tmp_path / 'net.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'net.pth'))
    model = tiny.build(snet=dict(init_cfg=init_cfg))
    loaded = bool((model.cls_head.fc_synopsis.weight == 2).all())
    assert loaded == (not between)
    if between:
        init_cfg['classifier'] = True
        with pytest.raises(ValueError, match='follows head.norm.weight'):
            tiny.build(snet=dict(init_cfg=init_cfg))


@pytest.mark.parametrize('backbone', [
    # MMAction2 loads nothing of each of these, without an error.
    dict(FILES['x3d'][0]),
    dict(FILES['tsm-r50'][0], pretrained2d=True),
    dict(FILES['tsm-mobilenetv2'][0]),
    # This one ends in a KeyError in MMAction2.
    dict(FILES['tsm-mobilenetv2'][0], pretrained2d=True),
])
def test_silent_failures_of_mmaction2_are_refused(backbone, tmp_path):
    name = {'X3D': 'x3d', 'ResNetTSM': 'tsm-r50',
            'MobileNetV2TSM': 'tsm-mobilenetv2'}[backbone['type']]
    file = zoo_file(recognizer(name), tmp_path / 'zoo.pth')
    built = MODELS.build(
        dict(
            type='SNet',
            num_frames=3,
            size=64,
            backbone=dict(backbone, pretrained=file)))
    with pytest.raises(ValueError, match='give the file to SNet / DNet as'):
        built.init_weights()


@pytest.mark.parametrize('backbone, message', [
    # MMAction2's ViT takes a file and never opens it.
    (dict(type='VisionTransformer', img_size=32, patch_size=16,
          embed_dims=24, depth=1, num_heads=2, mlp_ratio=2, num_frames=4,
          return_feat_map=True, pretrained='/no/such/file.pth'),
     'VisionTransformer does not load it'),
    # Kaiming initialisation hides what the file lacks.
    (dict(FILES['tsm-mobilenetv2'][0], init_cfg=[
        dict(type='Kaiming', layer='Conv2d'),
        dict(type='Constant', layer='_BatchNorm', val=1),
        dict(type='Pretrained', checkpoint='/no/such/file.pth')
    ]), 'Pretrained beside 2 others'),
])
def test_routes_that_hide_a_file_are_refused(backbone, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build(
            dict(type='SNet', num_frames=4 if 'img_size' in backbone else 3,
                 size=32, backbone=backbone))


def test_statistics_missing_in_a_file_of_the_backbone(tmp_path):
    source, file = torchvision_state(18, tmp_path / 'resnet.pth')
    weights = torch.load(file)
    del weights['layer2.0.bn1.running_var']
    torch.save(weights, file)
    built = MODELS.build(
        dict(
            type='SNet', num_frames=3, size=32,
            backbone=dict(
                type='ResNetTSM', depth=18, num_segments=3,
                pretrained=file)))
    with pytest.raises(ValueError, match='nothing has set '
                       'layer2.0.conv1.bn.running_var'):
        built.init_weights()


def test_file_of_the_backbone_works(tmp_path):
    """torchvision's file, loaded by ResNetTSM itself."""
    source, file = torchvision_state(18, tmp_path / 'resnet.pth')
    built = MODELS.build(
        dict(
            type='SNet',
            num_frames=3,
            size=32,
            backbone=dict(
                type='ResNetTSM', depth=18, num_segments=3,
                pretrained=file)))
    built.init_weights()
    key = 'layer1.0.conv2.bn.running_var'
    assert torch.equal(built.backbone.state_dict()[key],
                       source.state_dict()[key])
