"""Single networks' files into the two nets of S2DNet."""

import copy
import sys
from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.common.checkpoints import (
    load_backbone,
    plain_name,
    read_checkpoint,
)
from tests.support import tiny
from tests.support.checkpoints import (
    FILES,
    net,
    randomise,
    recognizer,
    torchvision_state,
    zoo_file,
)


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')
    torch.manual_seed(0)


@pytest.fixture(scope='module')
def zoo(tmp_path_factory):
    """Name of a network -> its file; each is written once."""
    init_default_scope('mmaction')
    folder = tmp_path_factory.mktemp('zoo')
    return {
        name: zoo_file(recognizer(name), folder / f'{name}.pth')
        for name in FILES
    }


@pytest.mark.parametrize('kind, name', [('SNet', 'tsm-r50'),
                                        ('DNet', 'tsm-mobilenetv2'),
                                        ('SNet', 'x3d')])
def test_features_are_those_of_mmaction2(kind, name, zoo):
    reference = recognizer(name)
    reference.eval()
    ours = net(kind, name, checkpoint=zoo[name])
    frames = torch.randn(2, 3, 3, 64, 64)  # (B, T, C, H, W)
    with torch.no_grad():
        if FILES[name][1] == 'NCHW':
            expected = reference.extract_feat(frames)[0]
            expected = expected.unflatten(0, (2, 3)).transpose(1, 2)
        else:
            clips = frames.transpose(1, 2)[:, None]
            expected = reference.extract_feat(clips)[0]
        got = ours(frames)
    assert expected.std() > 1e-3  # no network of zeros
    # The layout of the convolutions differs, so the order of sums does.
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-4)
    for key, value in reference.backbone.state_dict().items():
        assert torch.equal(ours.backbone.state_dict()[key], value), key


@pytest.mark.parametrize('name, dropped', [
    ('tsm-r50', 'layer4.2.conv3.conv.weight'),
    ('tsm-mobilenetv2', 'conv2.bn.running_mean'),
    ('x3d', 'layer3.4.conv2.conv.weight'),
])
def test_truncated_file_is_refused(name, dropped, zoo, tmp_path):
    content = torch.load(zoo[name])
    del content['state_dict'][f'backbone.{dropped}']
    file = str(tmp_path / 'zoo.pth')
    torch.save(content, file)
    with pytest.raises(ValueError, match=f'the file lacks {dropped}'):
        net('DNet', name, checkpoint=file)
    # ... unless the config allows it
    net('DNet', name, checkpoint=file, allow_missing=[dropped])
    with pytest.raises(ValueError, match='the file lacks'):
        net('DNet', name, checkpoint=file, allow_missing=['layer1'])


def test_file_that_breaks_off_is_refused(zoo, tmp_path):
    content = Path(zoo['x3d']).read_bytes()
    (tmp_path / 'half.pth').write_bytes(content[:len(content) // 2])
    for name in ('half.pth', 'nowhere.pth'):
        with pytest.raises(ValueError, match='cannot be read'):
            read_checkpoint(str(tmp_path / name))


@pytest.mark.parametrize('content, keys', [
    (dict(model=dict(weight=torch.ones(2)), epoch=3), 'model, epoch'),
    (dict(state_dict={}), 'state_dict'), ([1], 'None')])
def test_file_without_weights_names_its_keys(content, keys, tmp_path):
    torch.save(content, tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='got no weights in .*, whose keys '
                       f'are: {keys}, expected a state dict'):
        read_checkpoint(str(tmp_path / 'other.pth'))


def test_file_of_objects_is_refused(tmp_path):
    """Not a broken download: torch.save(network) instead of its weights."""
    file = str(tmp_path / 'whole.pth')
    torch.save(dict(state_dict=torch.nn.Linear(1, 1)), file)
    with pytest.raises(ValueError, match='which contains torch.nn.modules.'
                       'linear.Linear, expected weights alone') as error:
        read_checkpoint(file)
    assert 'download' not in str(error.value)


def test_other_depth_is_refused(zoo):
    with pytest.raises(ValueError, match=r'instead of \(64, 64, 3, 3\)'):
        built = MODELS.build(
            dict(
                type='SNet',
                num_frames=4,
                size=64,
                backbone=tiny.RESNET_TSM,
                init_cfg=dict(type='Pretrained', checkpoint=zoo['tsm-r50'])))
        built.init_weights()


@pytest.mark.parametrize('depth, kind', [(18, 'ResNet'), (50, 'ResNetTSM')])
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


def whole(zoo, num_classes, **init):
    """An S2DNet of two zoo files with classifiers of 7 classes."""
    model = MODELS.build(
        tiny.model_config(
            snet=dict(
                size=32,
                backbone=FILES['tsm-mobilenetv2'][0],
                init_cfg=dict(
                    type='Pretrained',
                    checkpoint=zoo['tsm-mobilenetv2'],
                    **init)),
            dnet=dict(
                num_frames=3,
                size=32,
                fusion_stages=('res3', ),
                backbone=FILES['tsm-r50'][0],
                init_cfg=dict(
                    type='Pretrained', checkpoint=zoo['tsm-r50'], **init)),
            cls_head=dict(num_classes=num_classes)))
    model.init_weights()
    return model


def test_classifiers_are_loaded(zoo):
    model = whole(zoo, num_classes=7)
    for fc, name, channels in ((model.cls_head.fc_synopsis, 'tsm-mobilenetv2',
                                1280), (model.cls_head.fc_detail, 'tsm-r50',
                                        2048)):
        weights = torch.load(zoo[name])['state_dict']
        assert torch.equal(fc.weight[:, :channels],
                           weights['cls_head.fc_cls.weight'])
        assert (fc.weight[:, channels:] == 0).all()
        assert torch.equal(fc.bias, weights['cls_head.fc_cls.bias'])


@pytest.mark.parametrize('num_classes, init', [(6, {}),
                                               (7, dict(classifier=False))])
def test_classifiers_are_left_out(zoo, num_classes, init):
    model = whole(zoo, num_classes, **init)
    assert (model.cls_head.fc_synopsis.bias == 0).all()
    assert model.cls_head.fc_detail.weight.std() < 0.02  # init_std


def test_classifier_that_must_fit(zoo):
    with pytest.raises(ValueError, match=r'classifier: got \(7, 1280\)'):
        whole(zoo, 6, classifier=True)


def test_file_of_another_network_names_what_it_holds(zoo, tmp_path):
    with pytest.raises(ValueError, match='got none of them.*cls_head.fc1'):
        net('DNet', 'tsm-r50', checkpoint=zoo['x3d'], allow_missing=True)
    # the names in a whole S2DNet have one more prefix
    file = str(tmp_path / 'zoo.pth')
    weights = torch.load(zoo['x3d'])['state_dict']
    torch.save({f'snet.{k}': v for k, v in weights.items()}, file)
    with pytest.raises(ValueError, match="snet.backbone'.*prefix="):
        net('SNet', 'x3d', checkpoint=file)
    net('SNet', 'x3d', checkpoint=file, prefix='snet.backbone')


def test_names_that_look_like_wrappers(tmp_path):
    """A part called like a prefix of recognizers, and no prefix at all."""
    backbone = torch.nn.ModuleDict({
        name: torch.nn.Linear(2, 2) for name in ('net', 'backbone', 'stem')})
    weights = randomise(backbone).state_dict()
    for prefix, start in ((None, ''), ('', ''), (None, 'backbone.'),
                          ('a', 'a.')):
        for wrapper, inner in (('', ''), ('net.model', ''),
                               ('net.model', 'net.model.')):
            net = torch.nn.Module()
            net.net = torch.nn.Module()
            net.net.model = copy.deepcopy(backbone)
            for value in net.state_dict().values():
                value.zero_()
            file = {f'{start}{inner}{k}': v for k, v in weights.items()}
            body = net.net.model
            unused = load_backbone(net if wrapper else body, file, 'f',
                                   prefix, wrapper=wrapper)
            assert not unused
            for name, value in body.state_dict().items():
                assert torch.equal(value, weights[name]), name


def test_torchvision_scheme_without_torchvision(monkeypatch):
    """Its name is looked up by importing it."""
    monkeypatch.setitem(sys.modules, 'torchvision', None)
    with pytest.raises(ValueError, match="give the file's URL instead"):
        net('DNet', 'tsm-r50', checkpoint='torchvision://resnet50')


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
