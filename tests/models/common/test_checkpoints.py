"""Single networks' files into the two nets of S2DNet."""

import copy
import sys

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.common.checkpoints import plain_name
from tests.support import tiny

# The networks of the zoo, full size; NCHW ones with 3 frames.
FILES = {
    'tsm-r50': (dict(
        type='ResNetTSM', depth=50, num_segments=3, shift_div=8,
        pretrained2d=False), 'NCHW', 2048),
    'tsm-mobilenetv2': (dict(
        type='MobileNetV2TSM', num_segments=3, shift_div=8,
        pretrained2d=False), 'NCHW', 1280),
    # X3D-S and X3D-M are one network.
    'x3d': (dict(type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=2.2), 'NCTHW',
            432),
}


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


def randomise(model):
    """Numbers in every entry, so that none is right by its default."""
    generator = torch.Generator().manual_seed(1)
    for value in model.state_dict().values():
        if value.is_floating_point():
            noise = torch.rand(value.shape, generator=generator)
            value.copy_(0.5 + noise if value.dim() == 1 else
                        (noise - 0.5) * (12 / value[0].numel())**0.5)
    return model


def recognizer(name, num_classes=7):
    """The host's own recognizer around one of FILES."""
    backbone, input_format, channels = FILES[name]
    if input_format == 'NCHW':
        head = dict(type='TSMHead', num_segments=3, is_shift=True)
    else:
        head = dict(type='X3DHead')
    head.update(
        num_classes=num_classes, in_channels=channels, average_clips='prob')
    return randomise(
        MODELS.build(
            dict(
                type='Recognizer2D'
                if input_format == 'NCHW' else 'Recognizer3D',
                backbone=copy.deepcopy(backbone),
                cls_head=head,
                data_preprocessor=dict(
                    type='ActionDataPreprocessor',
                    mean=[0., 0., 0.],
                    std=[1., 1., 1.],
                    format_shape=input_format))))


def zoo_file(model, path, drop=()):
    """As the zoo publishes it: weights and meta, on the CPU."""
    weights = {
        name: value
        for name, value in model.state_dict().items()
        if not name.startswith(tuple(drop) or '\0')
    }
    torch.save(dict(meta=dict(epoch=50), state_dict=weights), path)
    return str(path)


def net(kind, name, **init):
    backbone = copy.deepcopy(FILES[name][0])
    built = MODELS.build(
        dict(
            type=kind,
            num_frames=3,
            size=64,
            backbone=backbone,
            init_cfg=dict(type='Pretrained', **init)))
    built.init_weights()
    built.eval()
    return built


@pytest.mark.parametrize('name', FILES)
@pytest.mark.parametrize('kind', ['SNet', 'DNet'])
def test_features_are_the_hosts(name, kind, tmp_path):
    host = recognizer(name)
    host.eval()
    ours = net(kind, name, checkpoint=zoo_file(host, tmp_path / 'zoo.pth'))
    frames = torch.randn(2, 3, 3, 64, 64)  # (B, T, C, H, W)
    with torch.no_grad():
        if FILES[name][1] == 'NCHW':
            expected = host.extract_feat(frames)[0]
            expected = expected.unflatten(0, (2, 3)).transpose(1, 2)
        else:
            expected = host.extract_feat(frames.transpose(1, 2)[:, None])[0]
        got = ours(frames)
    assert expected.std() > 1e-3  # no network of zeros
    # The layout of the convolutions differs, so the order of sums does.
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-4)
    for key, value in host.backbone.state_dict().items():
        assert torch.equal(ours.backbone.state_dict()[key], value), key


@pytest.mark.parametrize('name, dropped', [
    ('tsm-r50', 'layer4.2.conv3.conv.weight'),
    ('tsm-mobilenetv2', 'conv2.bn.running_mean'),
    ('x3d', 'layer3.4.conv2.conv.weight'),
])
def test_truncated_file_is_refused(name, dropped, tmp_path):
    file = zoo_file(
        recognizer(name), tmp_path / 'zoo.pth', drop=[f'backbone.{dropped}'])
    with pytest.raises(ValueError, match=f'the file lacks {dropped}'):
        net('DNet', name, checkpoint=file)
    # ... unless the config allows it
    net('DNet', name, checkpoint=file, allow_missing=[dropped])
    with pytest.raises(ValueError, match='the file lacks'):
        net('DNet', name, checkpoint=file, allow_missing=['layer1'])


def test_file_that_breaks_off_is_refused(tmp_path):
    file = zoo_file(recognizer('x3d'), tmp_path / 'zoo.pth')
    content = (tmp_path / 'zoo.pth').read_bytes()
    (tmp_path / 'zoo.pth').write_bytes(content[:len(content) // 2])
    with pytest.raises(ValueError, match='cannot be read'):
        net('SNet', 'x3d', checkpoint=file)
    with pytest.raises(ValueError, match='cannot be read'):
        net('SNet', 'x3d', checkpoint=str(tmp_path / 'nowhere.pth'))


def test_other_depth_is_refused(tmp_path):
    deep = recognizer('tsm-r50')
    file = zoo_file(deep, tmp_path / 'zoo.pth')
    with pytest.raises(ValueError, match=r'instead of \(64, 64, 3, 3\)'):
        built = MODELS.build(
            dict(
                type='SNet',
                num_frames=4,
                size=64,
                backbone=tiny.RESNET_TSM,
                init_cfg=dict(type='Pretrained', checkpoint=file)))
        built.init_weights()


def test_unknown_option_is_refused():
    with pytest.raises(ValueError, match="got 'prefixx', expected one of"):
        net('SNet', 'x3d', checkpoint='f.pth', prefixx='backbone')


def torchvision_state(depth, path):
    """Keys of torchvision's ResNets; derived here by their layout."""
    backbone = MODELS.build(
        dict(type='ResNet', depth=depth, norm_eval=False))
    weights = {
        plain_name(name): value
        for name, value in randomise(backbone).state_dict().items()
    }
    assert 'layer1.0.bn1.running_var' in weights
    assert 'layer2.0.downsample.0.weight' in weights
    assert 'bn1.weight' in weights and 'conv1.weight' in weights
    channels = 2048 if depth == 50 else 512
    weights['fc.weight'] = torch.rand(1000, channels)
    weights['fc.bias'] = torch.rand(1000)
    torch.save(weights, path)
    return backbone, str(path)


@pytest.mark.parametrize('depth', [18, 50])
@pytest.mark.parametrize('kind', ['ResNet', 'ResNetTSM'])
def test_torchvision_resnet(depth, kind, tmp_path):
    source, file = torchvision_state(depth, tmp_path / 'resnet.pth')
    backbone = dict(type=kind, depth=depth, norm_eval=False)
    if kind == 'ResNetTSM':
        backbone.update(num_segments=3)  # pretrained2d=True by default
    built = MODELS.build(
        dict(
            type='DNet',
            num_frames=3,
            size=32,
            backbone=backbone,
            init_cfg=dict(type='Pretrained', checkpoint=file)))
    built.init_weights()
    for name, value in built.backbone.state_dict().items():
        expected = source.state_dict()[name.replace('.net.', '.')]
        assert torch.equal(value, expected), name


def test_mmcls_mobilenetv2(tmp_path):
    """backbone.*, head.fc.*: keys of an mmcls / mmpretrain classifier."""
    source = randomise(MODELS.build(dict(type='MobileNetV2')))
    weights = {f'backbone.{k}': v for k, v in source.state_dict().items()}
    weights['head.fc.weight'] = torch.rand(1000, 1280)
    weights['head.fc.bias'] = torch.rand(1000)
    torch.save(dict(state_dict=weights), tmp_path / 'mobilenet.pth')
    built = net(
        'SNet', 'tsm-mobilenetv2', checkpoint=str(tmp_path / 'mobilenet.pth'))
    for name, value in built.backbone.state_dict().items():
        expected = source.state_dict()[name.replace('.net.', '.')]
        assert torch.equal(value, expected), name


def whole(tmp_path, num_classes, **init):
    """An S2DNet of two zoo files with classifiers of 7 classes."""
    files = {
        name: zoo_file(recognizer(name), tmp_path / f'{name}.pth')
        for name in ('tsm-mobilenetv2', 'tsm-r50')
    }
    model = MODELS.build(
        tiny.model_config(
            snet=dict(
                size=32,
                backbone=FILES['tsm-mobilenetv2'][0],
                init_cfg=dict(
                    type='Pretrained',
                    checkpoint=files['tsm-mobilenetv2'],
                    **init)),
            dnet=dict(
                num_frames=3,
                size=32,
                fusion_stages=('res3', ),
                backbone=FILES['tsm-r50'][0],
                init_cfg=dict(
                    type='Pretrained', checkpoint=files['tsm-r50'], **init)),
            cls_head=dict(num_classes=num_classes)))
    model.init_weights()
    return model, files


def test_classifiers_come_along(tmp_path):
    model, files = whole(tmp_path, num_classes=7)
    for fc, name, channels in ((model.cls_head.fc_synopsis, 'tsm-mobilenetv2',
                                1280), (model.cls_head.fc_detail, 'tsm-r50',
                                        2048)):
        weights = torch.load(files[name])['state_dict']
        assert torch.equal(fc.weight[:, :channels],
                           weights['cls_head.fc_cls.weight'])
        assert (fc.weight[:, channels:] == 0).all()
        assert torch.equal(fc.bias, weights['cls_head.fc_cls.bias'])


def test_classifier_of_a_class_token_stays(tmp_path, monkeypatch):
    """MViTHead sees the class token, S2DNet's the map beside it."""
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
    with pytest.raises(ValueError, match='which saw the class token'):
        MODELS.build(tiny.model_config(dnet=dnet)).init_weights()


@pytest.mark.parametrize('num_classes, init', [(6, {}),
                                               (7, dict(classifier=False))])
def test_classifiers_stay(tmp_path, num_classes, init):
    model, _ = whole(tmp_path, num_classes, **init)
    assert (model.cls_head.fc_synopsis.bias == 0).all()
    assert model.cls_head.fc_detail.weight.std() < 0.02  # init_std


def test_classifier_that_must_fit(tmp_path):
    with pytest.raises(ValueError, match=r'classifier: got \(7, 1280\)'):
        whole(tmp_path, 6, classifier=True)


@pytest.mark.parametrize('backbone', [
    # Each of these loads nothing in the host, without a word.
    dict(FILES['x3d'][0]),
    dict(FILES['tsm-r50'][0], pretrained2d=True),
    dict(FILES['tsm-mobilenetv2'][0]),
    # ... and this one ends in a KeyError of the host's.
    dict(FILES['tsm-mobilenetv2'][0], pretrained2d=True),
])
def test_hosts_silent_routes_are_refused(backbone, tmp_path):
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
    # The host's ViT takes a file and never opens it.
    (dict(type='VisionTransformer', img_size=32, patch_size=16,
          embed_dims=24, depth=1, num_heads=2, mlp_ratio=2, num_frames=4,
          return_feat_map=True, pretrained='/no/such/file.pth'),
     'VisionTransformer does not load it'),
    # What Kaiming has set hides that the file has not.
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


def test_statistics_missing_on_the_hosts_route(tmp_path):
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


def test_file_of_another_network_names_what_it_holds(tmp_path):
    file = zoo_file(recognizer('x3d'), tmp_path / 'zoo.pth')
    with pytest.raises(ValueError, match='got none of them.*cls_head.fc1'):
        net('DNet', 'tsm-r50', checkpoint=file, allow_missing=True)
    # a whole S2DNet holds the net deeper
    weights = torch.load(file)['state_dict']
    torch.save({f'snet.{k}': v for k, v in weights.items()}, file)
    with pytest.raises(ValueError, match="snet.backbone'.*prefix="):
        net('SNet', 'x3d', checkpoint=file)
    net('SNet', 'x3d', checkpoint=file, prefix='snet.backbone')


def test_bad_pattern_is_refused_at_once():
    with pytest.raises(ValueError, match='allow_missing: got .\\('):
        net('SNet', 'x3d', checkpoint='f.pth', allow_missing=['('])


def test_torchvision_scheme_without_torchvision(monkeypatch):
    """Its name is looked up by importing it."""
    monkeypatch.setitem(sys.modules, 'torchvision', None)
    with pytest.raises(ValueError, match="give the file's URL instead"):
        net('DNet', 'tsm-r50', checkpoint='torchvision://resnet50')


def test_hosts_good_routes_work(tmp_path):
    """torchvision's file through the host's 2D route of ResNetTSM."""
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


@pytest.mark.parametrize('name, plain', [
    ('layer1.0.conv1.conv.net.weight', 'layer1.0.conv1.weight'),
    ('layer1.0.conv1.conv.weight', 'layer1.0.conv1.weight'),
    ('layer1.0.conv1.bn.bias', 'layer1.0.bn1.bias'),
    ('layer1.0.downsample.bn.weight', 'layer1.0.downsample.1.weight'),
    ('layer2.1.conv.0.net.conv.weight', 'layer2.1.conv.0.conv.weight'),
    ('conv1.bn.running_mean', 'bn1.running_mean'),
    ('conv1_t.bn.weight', 'bn1_t.weight'),
])
def test_plain_name(name, plain):
    assert plain_name(name) == plain
