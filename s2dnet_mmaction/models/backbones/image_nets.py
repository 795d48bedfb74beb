"""2D networks of timm, torchvision and other packages from configs."""

import difflib
import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Callable, Iterable, Union

import torch.nn as nn

from ..._checks import require

# Prefix of a type -> what to install.
PACKAGES = {
    'mmcls': 'mmcls (its successor is mmpretrain)',
    'mmpretrain': "mmpretrain (pip install 'mmpretrain>=1.0')",
    'timm': "timm (pip install 'timm>=1.0')",
    'torchvision': 'torchvision, the one that belongs to your torch (pip '
    'install torch torchvision, both from the same index)',
}


def package_of(kind: Union[str, Callable]) -> str:
    """Package in ``'timm.resnet18'``; of a class or function its own."""
    name = kind if isinstance(kind, str) else getattr(kind, '__module__', '')
    return name.partition('.')[0]


def import_package(name: str, wanted_by: object) -> ModuleType:
    """Import a package that is not required.

    Args:
        name: dotted name of a module.
        wanted_by: the type in the config, for the message.

    Raises:
        ImportError: if it is missing or cannot be imported.
    """
    top = name.partition('.')[0]
    try:
        return importlib.import_module(name)
    except Exception as error:
        # A torchvision for another build of torch raises a RuntimeError.
        raise ImportError(
            f'backbone {wanted_by!r}: got {type(error).__name__} ({error}) '
            f'from importing {name}, expected the package {top}. Install '
            f'{PACKAGES.get(top, top)}.') from error


def build_image_net(cfg: dict) -> nn.Module:
    """Build a 2D network of any package.

    Args:
        cfg: its type is ``'timm.NAME'``, ``'torchvision.NAME'``, the
            dotted name of any class or function, or such a function; the
            other entries are its options. A network of timm is built with
            ``features_only=True``: it gives a list of maps.

    Raises:
        ImportError: if the package is missing.
        ValueError: if there is no such network, or it takes no such option.
    """
    options = dict(cfg)
    kind = options.pop('type')
    package = package_of(kind)
    require(package not in ('timm', 'torchvision') or
            options.get('pretrained') in (None, True, False),
            f'pretrained of {kind!r}', repr(options.get('pretrained')),
            'True or False', 'Give a file to SNet / DNet as '
            "init_cfg=dict(type='Pretrained', checkpoint=...).")
    if package == 'timm':
        return _build_timm(kind, options)
    if isinstance(kind, str):
        kind = (_torchvision_builder(kind)
                if package == 'torchvision' else _resolve(kind))
    net = _call(kind, options, cfg['type'])
    require(isinstance(net, nn.Module), f'backbone {cfg["type"]!r}',
            type(net).__name__, 'an nn.Module', 'Name a class or function '
            'that builds one.')
    return net


def _build_timm(kind: Union[str, Callable], options: dict) -> nn.Module:
    timm = import_package('timm', kind)
    name = kind.partition('.')[2] if isinstance(kind, str) else kind.__name__
    known = name.partition('.')[0]  # without the tag of pretrained weights
    require('/' in name or timm.is_model(known), 'backbone', repr(kind),
            'a network of timm', _suggest(known, timm.list_models()))
    options = dict(
        dict(out_indices=(-1, )), **options, features_only=True)
    if 'feature_cls' in options:
        return _call(timm.create_model, dict(options, model_name=name), kind)
    # The getter keeps the names that the network's weights have in files.
    net = _call(timm.create_model,
                dict(options, model_name=name, feature_cls='getter'), kind)
    if hasattr(net.model, 'forward_intermediates'):
        return net
    return _call(timm.create_model, dict(options, model_name=name), kind)


def _torchvision_builder(kind: str) -> Callable:
    models = import_package('torchvision.models', kind)
    name = kind.partition('.')[2]
    builders = {key: value for key, value in vars(models).items()
                if callable(value)}
    require(name in builders, 'backbone', repr(kind),
            'a network of torchvision.models', _suggest(name, builders))
    return builders[name]


def _resolve(kind: str) -> Callable:
    require('.' in kind, 'net.type', repr(kind),
            "a dotted name like 'package.module.Class'", 'Give one.')
    import_package(kind.partition('.')[0], kind)
    try:
        return pkgutil.resolve_name(kind)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f'net.type: got {kind!r} ({error}), expected the dotted name of '
            'a class or function. Check its spelling.') from error


def _call(builder: Callable, options: dict, kind: object) -> nn.Module:
    try:
        return builder(**options)
    except TypeError as error:
        raise ValueError(
            f'backbone {kind!r}: got options {sorted(options)} ({error}), '
            f'expected those of {_signature(builder)}. Remove or rename '
            'what it does not take.') from error


def _signature(builder: Callable) -> str:
    name = getattr(builder, '__name__', repr(builder))
    try:
        return f'{name}{inspect.signature(builder)}'
    except ValueError:  # some builtins have none
        return name


def _suggest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 3)
    return f'Did you mean one of {close}?' if close else 'Check its spelling.'
