"""Checkpoints of single networks for the two nets of S2DNet.

MMAction2 loads with ``strict=False`` and hides that no key fits. Here each
entry of the network is found in the file or named in an error.
"""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import torch
import torch.nn as nn
from mmengine.logging import print_log
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

from ..._checks import require
from . import package_files  # noqa: F401  registers package://

StateDict = Dict[str, Tensor]
# The classifier in a file: MMAction2's 2D and 3D heads; ResNets of torchvision
# and timm; mmcls and mmpretrain; MobileNetV2 and EfficientNet of torchvision;
# its Swin; EfficientNet-Lite.
CLASSIFIERS = ('cls_head.fc_cls', 'fc', 'head.fc', 'classifier.1', 'head',
               '_fc')
_LISTED = 20


class Classifier(NamedTuple):
    """Last layer of a file: weight (N, C) and bias (N,)."""

    weight: Tensor
    bias: Tensor


def read_file(file: str) -> Any:
    """Read a checkpoint file.

    Args:
        file: a path, a URL, or another address that mmengine reads, like
            ``torchvision://`` and ``mmcls://``, or ``package://``, see
            :func:`load_from_package`.

    Raises:
        ValueError: if the file cannot be read.
    """
    try:
        return CheckpointLoader.load_checkpoint(file, map_location='cpu')
    except Exception as error:  # readers of foreign files raise anything
        refused = re.search(r'GLOBAL (\S+)', str(error))  # by weights_only
        if refused is not None:
            raise ValueError(
                f'checkpoint: got {file!r}, which contains {refused[1]}, '
                'expected weights alone. Objects and code are refused, '
                'because reading them may run code. If you trust the file, '
                "save its network's state_dict() alone.") from error
        remedy = ('Check the path; fetch a broken download again. Without a '
                  'network fetch the URL elsewhere and give its path.')
        if isinstance(error, ImportError):
            remedy = f"Install {error.name}, or give the file's URL instead."
        raise ValueError(
            f'checkpoint: got {file!r}, which cannot be read '
            f'({type(error).__name__}: {error}), expected a checkpoint file. '
            f'{remedy}') from error


def read_checkpoint(file: str) -> StateDict:
    """Read the weights of a file, with the names that they have in it.

    Args:
        file: see :func:`read_file`.

    Raises:
        ValueError: if the file cannot be read or holds no weights.
    """
    content = read_file(file)
    keys = list(map(str, content)) if isinstance(content, dict) else []
    if isinstance(content, dict):
        content = content.get('state_dict', content)
    weights = {
        name: value
        for name, value in content.items() if isinstance(value, Tensor)
    } if isinstance(content, dict) else {}
    require(len(weights) > 0, 'checkpoint',
            f'no weights in {file!r}, whose keys are: {listed(keys) or None}',
            "a state dict, or a dict with 'state_dict'",
            'Give the .pth file of a network. If it is under another of '
            "these keys, save it as dict(state_dict=content['KEY']).")
    return without_wrapper(weights)


def without_wrapper(weights: StateDict) -> StateDict:
    """Weights without the prefix of a parallel or averaged model."""
    return {re.sub(r'^module\.', '', k): v for k, v in weights.items()}


def patterns(names: Union[bool, str, Sequence[str]]) -> List[re.Pattern]:
    """Compile the option ``allow_missing``; True matches all names.

    Raises:
        ValueError: if an expression is not regular.
    """
    if isinstance(names, bool):
        names = ('', ) if names else ()  # '' matches all
    elif isinstance(names, str):
        names = (names, )
    try:
        return [re.compile(pattern) for pattern in names]
    except re.error as error:
        raise ValueError(
            f'allow_missing: got {error.pattern!r} ({error}), expected a '
            'regular expression. Escape special characters with a '
            'backslash.') from error


def load_backbone(backbone: nn.Module, weights: StateDict, file: str,
                  prefix: Optional[str] = None,
                  allow_missing: Sequence[re.Pattern] = (),
                  wrapper: str = '') -> List[str]:
    """Load one network from a file, and account for every entry.

    The file may be of an MMAction2 recognizer, a bare backbone, a ResNet of
    torchvision or a classifier of mmcls / mmpretrain, with and without the
    temporal shift's wrappers; see :func:`plain_name`.

    Args:
        backbone: the network.
        weights: what :func:`read_checkpoint` gives.
        file: the file's name, for messages.
        prefix: of the network's names in the file, ``'backbone'`` in a
            recognizer, ``''`` for none; None: that of these two with which
            more names fit.
        allow_missing: entries that the file may lack: regular expressions
            that match from the start of a name.
        wrapper: the submodule of ``backbone`` with the network of another
            package. The file's names may start with it or not.

    Returns:
        names of the file's network that ``backbone`` has no place for.

    Raises:
        ValueError: if an entry of the network is not in the file or has
            another shape, and is not allowed to be missing.
    """
    target = backbone.state_dict()
    inside = {name: name[len(wrapper) + 1:] if wrapper else name
              for name in target}
    plain = _by_plain_name({inside[name]: value for name, value
                            in target.items()}, type(backbone).__name__)
    prefixes = ('backbone', '') if prefix is None else (prefix, )
    places = [_under(_under(weights, start), within) for start in prefixes
              for within in dict.fromkeys((wrapper, ''))]
    found = _by_plain_name(
        max(places, key=lambda place: len(
            plain.keys() & set(map(plain_name, place)))), file)
    loaded, missing = {}, {}
    for name, value in target.items():
        match = found.get(plain_name(inside[name]))
        if match is not None and match.shape == value.shape:
            loaded[name] = found.pop(plain_name(inside[name]))
        elif match is not None:
            missing[name] = (f'{name} (shape {tuple(match.shape)} instead of '
                             f'{tuple(value.shape)})')
        elif not name.endswith('num_batches_tracked'):
            missing[name] = name  # torch < 0.4.1 did not count batches
    what = f'{type(backbone).__name__} from {file}'
    parameters = dict(backbone.named_parameters())
    num_loaded = len(parameters.keys() & loaded.keys())
    share = f'{num_loaded} of {len(parameters)} parameters'
    require(
        num_loaded > 0, f'weights of {what}', 'none of them',
        f'entries like {next(iter(target))}',
        f'The file has {_tops(weights)}: name the one that holds the net '
        "with prefix='...', give the file of this architecture, or set "
        'init_cfg=None to start without a file.')
    refused = [
        shown for name, shown in missing.items()
        if not any(pattern.match(name) for pattern in allow_missing)
    ]
    require(
        not refused, f'weights of {what}', share,
        f'all of them; the file lacks {listed(refused)}',
        'Give the file of this architecture, or name what it may lack in '
        'allow_missing.')
    backbone.load_state_dict(loaded, strict=False)
    print_log(f'{what}: loaded {share}.', logger='current')
    for state, names in (('not in the file', list(missing.values())),
                         ('not used', sorted(found))):
        if names:
            print_log(f'{what}: {state}: {listed(names)}.', logger='current')
    return sorted(found)


def layers_before_classifier(unused: Sequence[str]) -> List[str]:
    """Those of a file's unused names that belong to no classifier.

    Args:
        unused: what :func:`load_backbone` gives.
    """
    return [
        name for name in unused
        if name.rpartition('.')[0] not in CLASSIFIERS and
        not name.endswith('num_batches_tracked')
    ]


def find_classifier(weights: StateDict, names: Sequence[str] = CLASSIFIERS
                    ) -> Optional[Classifier]:
    """The single linear layer after the backbone; None if there is none.

    X3D's head of two layers has no counterpart in S2DNet.

    Args:
        weights: of a file.
        names: possible names of the layer.
    """
    for name in names:
        weight = weights.get(f'{name}.weight')
        if weight is not None and weight.dim() == 2:
            bias = weights.get(f'{name}.bias')
            if bias is None:
                bias = weight.new_zeros(len(weight))
            return Classifier(weight, bias)
    return None


def load_classifier(fc: nn.Linear, classifier: Optional[Classifier],
                    file: str, wanted: Optional[bool]) -> None:
    """Copy a classifier into the first columns of a linear layer.

    Other columns, those of contextual features, become 0, so that the layer
    gives the answers of the file's network.

    Args:
        fc: (N, C + more) layer.
        classifier: what :func:`find_classifier` gives.
        file: the file's name, for messages.
        wanted: True: it must fit; None: load it if it fits.

    Raises:
        ValueError: if ``wanted`` and it does not fit.
    """
    got = f'none in {file}' if classifier is None else (
        f'{tuple(classifier.weight.shape)} in {file}')
    fits = classifier is not None and (
        classifier.weight.size(0) == fc.out_features
        and classifier.weight.size(1) <= fc.in_features)
    require(fits or not wanted, 'classifier', got,
            f'({fc.out_features}, at most {fc.in_features})',
            'Leave classifier=True out to start without it.')
    if not fits:
        print_log(f'classifier: {got}, not loaded.', logger='current')
        return
    with torch.no_grad():
        fc.weight.zero_()
        fc.weight[:, :classifier.weight.size(1)] = classifier.weight
        fc.bias.copy_(classifier.bias)
    print_log(f'classifier: loaded {got}.', logger='current')


def plain_name(name: str) -> str:
    """Name of an entry that does not depend on the library of the file.

    The wrappers of the temporal shift (``.net``) are removed, and a
    ConvModule's convolution and norm get torchvision's names:
    ``layer1.0.conv1.conv.net.weight`` -> ``layer1.0.conv1.weight``,
    ``layer1.0.conv1.bn.bias`` -> ``layer1.0.bn1.bias``,
    ``layer1.0.downsample.bn.weight`` -> ``layer1.0.downsample.1.weight``.
    """
    name = re.sub(r'\.net(?=\.)', '', name)
    name = re.sub(r'\bdownsample\.conv\b', 'downsample.0', name)
    name = re.sub(r'\bdownsample\.bn\b', 'downsample.1', name)
    name = re.sub(r'\b(conv\d\w*)\.conv\b', r'\1', name)
    return re.sub(r'\bconv(\d\w*)\.bn\b', r'bn\1', name)


def _under(weights: StateDict, prefix: str) -> StateDict:
    start = f'{prefix.rstrip(".")}.' if prefix else ''
    return {
        name[len(start):]: value
        for name, value in weights.items() if name.startswith(start)
    }


def _by_plain_name(weights: StateDict, owner: str) -> StateDict:
    plain: StateDict = {}
    for name, value in weights.items():
        require(plain_name(name) not in plain, f'weights of {owner}',
                f'{name!r} twice after leaving out wrappers',
                'each entry once', 'Rename the keys of the file.')
        plain[plain_name(name)] = value
    return plain


def _tops(weights: StateDict) -> List[str]:
    """Possible prefixes of networks in a file, of one or two names."""
    tops = {'.'.join(name.split('.')[:-1][:2]) for name in weights}
    return sorted(tops)[:_LISTED]


def listed(names: List[str]) -> str:
    """Names for a message, the first of them if there are many."""
    more = len(names) - _LISTED
    return ', '.join(names[:_LISTED]) + (f' and {more} more'
                                         if more > 0 else '')
