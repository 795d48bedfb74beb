"""timm, torchvision and mmpretrain, or small networks with their interface.

torchvision does not load beside a torch from another index, and the other
two import it. Where they load, the tests use them.
"""

import functools
import importlib
import sys
import types

import mmaction.registry
import torch
import torch.nn as nn
from mmengine.registry import Registry


class BasicBlock(nn.Module):
    """The block of ResNet-18."""

    def __init__(self, width_in, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(width_in, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(width_in, width, 1, stride, bias=False),
                nn.BatchNorm2d(width))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + identity)


class ResNet(nn.Module):
    """A narrow ResNet-18 with torchvision's names."""

    def __init__(self, num_classes=10, widths=(16, 16, 24, 32)):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        width_in = widths[0]
        for i, width in enumerate(widths, 1):
            setattr(self, f'layer{i}', nn.Sequential(
                BasicBlock(width_in, width, 2 if i > 1 else 1),
                BasicBlock(width, width, 1)))
            width_in = width
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(width_in, num_classes)

    def forward_intermediates(self, x, indices=None, norm=False,
                              output_fmt='NCHW', intermediates_only=False):
        """Maps of timm's stages: the stem, layer1, ..., layer4."""
        x = self.relu(self.bn1(self.conv1(x)))
        maps = [x]
        x = self.maxpool(x)
        for i in range(1, 5):
            x = getattr(self, f'layer{i}')(x)
            maps.append(x)
        return [maps[index] for index in indices]

    def forward(self, x):
        x, = self.forward_intermediates(x, (-1, ))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class MobileNet(nn.Module):
    """All parts in one container, as in MobileNetV2 of torchvision."""

    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(*[
            nn.Sequential(nn.Conv2d(width_in, width, 3, stride, 1),
                          nn.BatchNorm2d(width), nn.ReLU6(inplace=True))
            for width_in, width, stride in (
                (3, 16, 2), (16, 16, 2), (16, 16, 1), (16, 16, 2),
                (16, 24, 2), (24, 24, 1), (24, 32, 2), (32, 40, 1))])
        self.classifier = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(40, num_classes))

    def forward(self, x):
        x = self.features(x)
        x = nn.functional.adaptive_avg_pool2d(x, (1, 1))
        return self.classifier(torch.flatten(x, 1))


def _module(name, **contents):
    module = types.ModuleType(name)
    vars(module).update(contents)
    return module


def _torchvision():
    def resnet18(*, weights=None, **options):
        return ResNet(**options)

    def mobilenet_v2(*, weights=None, **options):
        return MobileNet(**options)

    resnet18.__module__ = 'torchvision.models.resnet'
    models = _module('torchvision.models', resnet18=resnet18,
                     mobilenet_v2=mobilenet_v2)
    return {'torchvision': _module('torchvision', models=models),
            'torchvision.models': models}


class FeatureInfo:
    """As timm's."""

    def __init__(self, widths):
        names = ['act1', 'layer1', 'layer2', 'layer3', 'layer4']
        self.info = [
            dict(module=name, num_chs=width, reduction=2**i)
            for i, (name, width) in enumerate(
                zip(names, (widths[0], *widths)), 1)]


class FeatureGetterNet(nn.ModuleDict):
    """As timm's: a network, and the maps to take from it."""

    def __init__(self, model, out_indices):
        super().__init__()
        widths = [getattr(model, f'layer{i}')[-1].bn2.num_features
                  for i in range(1, 5)]
        self.feature_info = FeatureInfo(widths)
        del model.fc
        self.model = model
        self.out_indices = out_indices

    def forward(self, x):
        return self.model.forward_intermediates(
            x, indices=self.out_indices, intermediates_only=True)


def _timm():
    def create_model(model_name, pretrained=False, features_only=False,
                     out_indices=(0, 1, 2, 3, 4), feature_cls='list',
                     drop_path_rate=0.):
        assert features_only and feature_cls == 'getter'
        return FeatureGetterNet(ResNet(), out_indices)

    names = ['resnet18', 'resnet34']
    return {'timm': _module('timm', create_model=create_model,
                            list_models=lambda: names,
                            is_model=names.__contains__)}


def _mmpretrain():
    registry = Registry('model', parent=mmaction.registry.MODELS.parent,
                        scope='mmpretrain')
    registry.register_module(name='ResNet', module=_MMPretrainResNet)
    models = _module('mmpretrain.models')
    return {'mmpretrain': _module('mmpretrain', models=models),
            'mmpretrain.models': models}


class _MMPretrainResNet(nn.Module):
    """Gives a tuple of maps, one for each of out_indices."""

    def __init__(self, depth, out_indices=(3, )):
        super().__init__()
        for name, child in ResNet().named_children():
            if name not in ('avgpool', 'fc'):
                self.add_module(name, child)
        self.out_indices = out_indices

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        maps = []
        for i in range(1, 5):
            x = getattr(self, f'layer{i}')(x)
            maps.append(x)
        return tuple(maps[index] for index in self.out_indices)


@functools.lru_cache(maxsize=None)  # a scope can be registered once
def modules_of(package):
    """Name -> module: {} if the package itself loads."""
    try:
        importlib.import_module(package)
        return {}
    except Exception:  # RuntimeError beside another build of torch
        for name in [name for name in sys.modules
                     if name.partition('.')[0] == package]:
            del sys.modules[name]
        return {'torchvision': _torchvision, 'timm': _timm,
                'mmpretrain': _mmpretrain}[package]()


def provide(monkeypatch):
    """Let the three packages be imported."""
    for package in ('torchvision', 'timm', 'mmpretrain'):
        for name, module in modules_of(package).items():
            monkeypatch.setitem(sys.modules, name, module)
