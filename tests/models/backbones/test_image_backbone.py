"""2D networks of other packages in SNet and DNet."""

import copy
import importlib
import sys

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.backbones import ImageBackbone
from tests.support import packages, tiny
from tests.support.fusions import check_fusions

STAGES = ('res2', 'res3', 'res4', 'res5')


@pytest.fixture(autouse=True)
def scope(monkeypatch):
    packages.provide(monkeypatch)
    init_default_scope('mmaction')
    torch.manual_seed(0)


def own(name, **options):
    """A network as any package might have it."""
    return dict(
        type='ImageBackbone',
        net=dict(type=f'tests.support.packages.{name}', **options))


def snet(backbone, size=64, num_frames=2, **options):
    return MODELS.build(
        dict(type='SNet', num_frames=num_frames, size=size,
             backbone=backbone, **options))


@pytest.mark.parametrize('backbone', [
    dict(type='torchvision.resnet18'),
    dict(type='torchvision.mobilenet_v2'),
    dict(type='timm.resnet18'),
    dict(type='mmpretrain.ResNet', depth=18),
    own('MobileNet'),
], ids=lambda cfg: cfg['type'])
def test_fusions_after_every_stage(backbone):
    before = copy.deepcopy(backbone)
    dnet = check_fusions(backbone, 64, STAGES, num_frames=2)
    assert [dnet.stage_shapes[stage][2:] for stage in STAGES] == [
        (16, 16), (8, 8), (4, 4), (2, 2)]
    for name, parameter in dnet.named_parameters():  # as DDP needs it
        assert parameter.grad is not None, name
    assert backbone == before  # MMAction2 takes the type out of the config


def test_features_are_those_of_the_package():
    """Of SNet; the classifier behind them is gone."""
    torchvision = sys.modules['torchvision.models']
    net = torchvision.resnet18().eval()
    built = snet(dict(type='torchvision.resnet18'))
    built.backbone.net.load_state_dict(net.state_dict(), strict=False)
    built.eval()
    assert not [name for name, _ in built.named_parameters() if 'fc' in name]
    frames = torch.randn(1, 2, 3, 64, 64)
    maps = []
    net.layer4.register_forward_hook(
        lambda module, inputs, output: maps.append(output))
    with torch.no_grad():
        net(frames[0])
        features = built(frames)
    torch.testing.assert_close(features[0].transpose(0, 1), maps[0],
                               rtol=1e-4, atol=1e-5)


def test_package_function_as_type():
    """As in configs of mmengine's new style."""
    resnet18 = sys.modules['torchvision.models'].resnet18
    built = snet(dict(type=resnet18))
    assert isinstance(built.backbone, ImageBackbone)
    assert built.feature_shape[1:] == (2, 2, 2)


def test_options_reach_the_package():
    built = snet(dict(type='timm.resnet18', out_indices=(3, ),
                      drop_path_rate=0.1, feature_shape='NCHW'))
    assert built.feature_shape[1:] == (2, 4, 4)
    with pytest.raises(ValueError, match='one feature map'):
        snet(dict(type='timm.resnet18', out_indices=(2, 3)))


def test_out_stage_leaves_out_the_rest():
    built = snet(dict(type='torchvision.resnet18', out_stage='res4'))
    assert built.feature_shape[1:] == (2, 4, 4)
    assert not hasattr(built.backbone.net, 'layer4')
    same = snet(dict(type='torchvision.resnet18', out_stage='layer3'))
    assert same.feature_shape == built.feature_shape


@pytest.mark.parametrize('kind', ['torchvision.resnet18', 'timm.resnet18'])
def test_weights_of_the_package_survive_init_weights(kind):
    built = snet(dict(type=kind))
    conv = built.backbone.body.conv1
    torch.nn.init.constant_(conv.weight, 0.25)  # "pretrained"
    built.init_weights()
    assert (conv.weight == 0.25).all()


@pytest.mark.parametrize('kind', ['torchvision.resnet18', 'timm.resnet18'])
def test_frozen_stages(kind):
    built = snet(dict(type=kind, frozen_stages=2)).train()
    body = built.backbone.body
    trained = {name.split('.')[0] for name, p in body.named_parameters()
               if p.requires_grad}
    assert trained == {'layer3', 'layer4'}
    frozen = {name: value.clone() for name, value in body.state_dict().items()
              if not name.startswith(('layer3', 'layer4'))}
    assert 'bn1.running_mean' in frozen
    before = body.layer3[0].bn1.running_mean.clone()
    built(torch.randn(2, 2, 3, 64, 64)).sum().backward()
    for name, value in frozen.items():
        assert torch.equal(body.state_dict()[name], value), name
    assert not torch.equal(body.layer3[0].bn1.running_mean, before)
    built.eval()
    assert not body.layer3.training


class Positions(torch.nn.Module):
    """Parameters of no submodule before and behind its stages."""

    def __init__(self):
        super().__init__()
        self.before = torch.nn.Parameter(torch.zeros(8, 1, 1))
        self.behind = torch.nn.Parameter(torch.zeros(8, 1, 1))
        self.one = torch.nn.Conv2d(3, 8, 4, 4)
        self.two = torch.nn.Conv2d(8, 8, 2, 2)

    def forward(self, x):
        x = self.one(x) + self.before
        return self.two(x) + self.behind


def test_frozen_parameters_of_no_submodule():
    net = dict(type='ImageBackbone', net=dict(type=Positions),
               out_stage='res3')
    for frozen_stages, trained in ((1, {'two.weight', 'two.bias', 'behind'}),
                                   (2, set())):
        body = snet(dict(net, frozen_stages=frozen_stages)).backbone.body
        assert {name for name, p in body.named_parameters()
                if p.requires_grad} == trained


@pytest.mark.parametrize('stage, trained', [
    (3, {'layer4', 'behind'}), (4, set())])
def test_frozen_parameters_of_timm(stage, trained, monkeypatch):
    """Class tokens; and what HRNet has behind the last of its stages."""
    class Tokens(packages.ResNet):
        def __init__(self):
            super().__init__()
            self.token = torch.nn.Parameter(torch.zeros(1))
            self.behind = torch.nn.Linear(1, 1)

    monkeypatch.setattr(
        importlib.import_module('timm'), 'create_model',
        lambda model_name, out_indices, **options:
        packages.FeatureGetterNet(Tokens(), out_indices))
    body = snet(dict(type='timm.resnet18', frozen_stages=stage)).backbone.body
    assert {name.split('.')[0] for name, p in body.named_parameters()
            if p.requires_grad} == trained


def test_norm_eval():
    built = snet(dict(type='torchvision.resnet18', norm_eval=True)).train()
    body = built.backbone.body
    assert not body.layer3[0].bn1.training and body.layer3.training
    assert body.layer3[0].bn1.weight.requires_grad


def test_channels_last_and_copies():
    built = snet(dict(type='torchvision.resnet18')).eval()
    weight = built.backbone.body.layer2[0].conv2.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    frames = torch.randn(2, 2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(copy.deepcopy(built)(frames),
                                   built(frames))


@pytest.mark.parametrize('kind', ['torchvision.resnet18', 'timm.resnet18'])
def test_file_of_the_package(kind, tmp_path, monkeypatch):
    """Its names, whatever wrapper the package puts around the network."""
    log = []
    monkeypatch.setattr('s2dnet_mmaction.models.common.checkpoints.print_log',
                        lambda message, **kwargs: log.append(message))
    source = snet(dict(type=kind))
    weights = {name: torch.randn_like(value)
               if value.is_floating_point() else value
               for name, value in source.backbone.body.state_dict().items()}
    channels = source.feature_shape[0]
    weights['fc.weight'] = torch.randn(tiny.NUM_CLASSES, channels)
    weights['fc.bias'] = torch.randn(tiny.NUM_CLASSES)
    torch.save(weights, tmp_path / 'net.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'net.pth'))
    part = dict(size=64, backbone=dict(type=kind), init_cfg=init_cfg)
    model = tiny.build(snet=part, dnet=dict(part, fusion_stages=('res3', )))
    for net in (model.snet, model.dnet):
        for name, value in net.backbone.body.state_dict().items():
            assert torch.equal(value, weights[name]), name
    # timm does not tell what stands between its last map and the classifier.
    for fc in (model.cls_head.fc_synopsis, model.cls_head.fc_detail):
        assert torch.equal(fc.weight[:, :channels], weights['fc.weight']) == (
            kind != 'timm.resnet18')
    if kind == 'timm.resnet18':
        part['init_cfg'] = dict(init_cfg, classifier=True)
        with pytest.raises(ValueError, match='may read more than the mean'):
            tiny.build(snet=part)

    # From a whole S2DNet, the net is found by its place.
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 's2dnet.pth')
    again = snet(dict(type=kind), init_cfg=dict(
        type='Pretrained', checkpoint=str(tmp_path / 's2dnet.pth'),
        prefix='snet.backbone'))
    again.init_weights()
    assert torch.equal(again.backbone.body.conv1.weight,
                       weights['conv1.weight'])


class Activation(torch.nn.Module):
    """One behind the last map, or behind the mean."""

    def __init__(self, behind_mean=False):
        super().__init__()
        self.behind_mean = behind_mean
        self.body = torch.nn.Sequential(*[
            torch.nn.Conv2d(i, 8, 3, 2, 1) for i in (3, 8, 8, 8, 8)])
        self.classifier = torch.nn.Linear(8, tiny.NUM_CLASSES)

    def forward(self, x):
        x = self.body(x)
        x = x.mean((2, 3)).tanh() if self.behind_mean else (
            x.tanh().mean((2, 3)))
        return self.classifier(x)


@pytest.mark.parametrize('behind_mean', [False, True])
def test_classifier_behind_an_activation(behind_mean, tmp_path):
    """It is loaded if it answers as in the package, under any name."""
    net = Activation(behind_mean).eval()
    torch.save(net.state_dict(), tmp_path / 'net.pth')
    init_cfg = dict(type='Pretrained', checkpoint=str(tmp_path / 'net.pth'))
    part = dict(size=64, init_cfg=init_cfg, backbone=dict(
        type='ImageBackbone',
        net=dict(type=Activation, behind_mean=behind_mean)))
    model = tiny.build(snet=part)
    images = torch.randn(2, 3, 64, 64)
    answer = model.cls_head.fc_synopsis(
        model.snet.eval().backbone(images).mean((2, 3)))
    is_right = torch.allclose(answer, net(images), atol=1e-5)
    assert is_right == (not behind_mean)
    if behind_mean:
        assert (model.cls_head.fc_synopsis.bias == 0).all()
        init_cfg['classifier'] = True
        with pytest.raises(ValueError, match='may read more than the mean'):
            tiny.build(snet=part)


def test_option_pretrained_of_other_packages():
    """It may be a name, such as 'imagenet'."""
    def build(pretrained):
        assert pretrained == 'imagenet'
        return packages.MobileNet()

    snet(dict(type='ImageBackbone',
              net=dict(type=build, pretrained='imagenet')))


class OwnSize(packages.MobileNet):
    """Takes no other images than 64 x 64."""

    def forward(self, x):
        return self.features(x).reshape(-1, 40, 2, 2)


def test_network_for_one_size():
    backbone = dict(type='ImageBackbone', net=dict(type=OwnSize))
    with pytest.raises(ValueError, match='224 x 224.*Name a submodule of the '
                       'network in out_stage'):
        snet(backbone)
    built = snet(dict(backbone, out_stage='features'))
    assert built.feature_shape == (40, 2, 2, 2)


def test_last_map_with_channels_last_is_refused():
    class Last(packages.MobileNet):
        def forward(self, x):
            return self.features(x).permute(0, 2, 3, 1)

    with pytest.raises(ValueError, match=r'expected \(N, C, h, w\)'):
        snet(dict(type='ImageBackbone', net=dict(type=Last)))


@pytest.mark.parametrize('kind, package', [
    ('timm.resnet18', 'timm'), ('torchvision.resnet18', 'torchvision'),
    ('mmpretrain.ResNet', 'mmpretrain'), ('mmcls.ResNet', 'mmpretrain'),
])
def test_missing_package(kind, package, monkeypatch):
    """One ImportError that says what to install."""
    for name in ('mmcls', 'mmcls.models', package, f'{package}.models'):
        monkeypatch.setitem(sys.modules, name, None)  # import fails
    with pytest.raises(ImportError, match=f'{kind}.*Install.*{package}'):
        snet(dict(type=kind, depth=18))


def test_missing_package_of_another_name():
    with pytest.raises(ImportError, match='Install no_such_package'):
        snet(dict(type='ImageBackbone', net=dict(type='no_such_package.Net')))


@pytest.mark.parametrize('backbone, match', [
    (dict(type='timm.resnet81'), "network of timm. Did you mean.*resnet18'"),
    (dict(type='torchvision.resnet81'), "torchvision.models. Did you mean.*"
     "resnet18'"),
    (own('NoSuchNet'), 'expected the dotted name of a class'),
    (dict(type='ImageBackbone', net=dict(type='ResNet')), 'dotted name like'),
    (own('FeatureInfo', widths=[1, 2, 3, 4]), 'expected an nn.Module'),
    (dict(type='torchvision.resnet18', colour=3), 'colour.*Remove or rename'),
    (dict(type='timm.resnet18', colour=3), 'colour.*Remove or rename'),
    (dict(type='timm.resnet18', pretrained='a.pth'), "got 'a.pth', expected "
     'True or False'),
    (dict(type='torchvision.resnet18', out_stage='res7'),
     "out_stage of ResNet: got 'res7'"),
    (dict(type='timm.resnet18', out_stage='res4'), 'with out_indices'),
    (dict(type='torchvision.resnet18', frozen_stages=0), 'frozen_stages: got '
     "0, expected -1, or a number for one of .'res2'"),
    (dict(type='torchvision.resnet18', frozen_stages=5), 'frozen_stages'),
])
def test_errors(backbone, match):
    with pytest.raises(ValueError, match=match):
        snet(backbone)
