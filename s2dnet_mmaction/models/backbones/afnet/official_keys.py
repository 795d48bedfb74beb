"""Names of the entries in the authors' checkpoints."""

import re
from typing import Dict, Sequence, Tuple

import torch
from torch import Tensor

# Pattern of an official name -> ours: in the head, and in the backbone.
_CLASSIFIER = (
    (r'^fc\.0\.', 'fc.'),
    (r'^(?:new_fc|fc\.3|fc)\.', 'fc_cls.'),
)
_NAVIGATION = (
    (r'(navigation\.\d+\.)conv_pool\.', r'\1squeeze.'),
    (r'(navigation\.\d+\.)bn\.', r'\1norm.'),
    (r'(navigation\.\d+\.)conv_gs\.', r'\1decide.'),
)
_PLACES = (
    # AF-ResNet
    (r'^(layer\d)\.list_gen\.(\d+)\.', r'\1.navigation.\2.'),
    (r'^(layer\d)\.base_module\.', r'\1.ample.'),
    (r'^(layer\d)\.refine_module\.', r'\1.focal.'),
    (r'^(layer\d)\.base_transform\.', r'\1.transform.'),
    (r'^(layer\d)\.fusion\.0\.', r'\1.last.'),
    (r'^(layer\d)\.att_gen\.fc\.0\.', r'\1.fusion.fc1.'),
    (r'^(layer\d)\.att_gen\.fc\.2\.', r'\1.fusion.fc2.'),
    # AF-MobileNetV3
    (r'^list_gen(\d)\.(\d+)\.', r'stage\1.navigation.\2.'),
    (r'^att_gen(\d)\.fc\.0\.', r'stage\1.fusion.fc1.'),
    (r'^att_gen(\d)\.fc\.2\.', r'stage\1.fusion.fc2.'),
    (r'^features_head\.', r'head.'),
    (r'^features_(stage\d)_base\.', r'\1.ample.'),
    (r'^features_(stage\d)_refine\.', r'\1.focal.'),
    (r'^features_(stage\d)_fuse\.0\.', r'\1.last.'),
    (r'^features_(stage\d)\.', r'\1.'),
)
# Blocks: the convolutions and norms of the stack, and its shortcut.
_BLOCK = re.compile(r'^(head\.\d+|(?:layer|stage)\d\.(?:ample\.\d+|'
                    r'focal\.\d+|last|\d+))\.(.*)$')
_OFFICIAL = re.compile(r'(^|\.)(list_gen\d?|base_module|att_gen\d?)\.')


def from_official(weights: Dict[str, Tensor]) -> Dict[str, Tensor]:
    """Weights with our names; those that are not the authors' are kept.

    ``base_model.`` becomes ``backbone.``, and the classifier ``cls_head.``
    (``module.`` is removed before, by :func:`read_checkpoint`). Theirs have
    the mask before the stacks, which ``backbone.mask_input`` says.

    Args:
        weights: of a file.
    """
    if not any(_OFFICIAL.search(name) for name in weights):
        return weights
    renamed = {_renamed(name, value): value
               for name, value in weights.items()}
    return dict(renamed, **{'backbone.mask_input': torch.tensor(True)})


def _renamed(name: str, value: Tensor) -> str:
    name = re.sub(r'^base_model\.', '', name)
    head = _replaced(name, _CLASSIFIER)
    if head != name:
        return f'cls_head.{head}'
    name = _replaced(_replaced(name, _PLACES), _NAVIGATION)
    block = _BLOCK.match(name)
    if block:
        name = f'{block[1]}.{_in_block(block[2], value)}'
    return f'backbone.{name}'


def _replaced(name: str, table: Sequence[Tuple[str, str]]) -> str:
    """The name with the first pattern that it matches replaced."""
    for old, new in table:
        name, count = re.subn(old, new, name)
        if count:
            break
    return name


def _in_block(name: str, value: Tensor) -> str:
    """Name within a residual block."""
    shortcut = re.match(r'^(?:downsample|res_connect)\.\d\.(.*)$', name)
    if shortcut:
        return f'shortcut.{"conv" if value.dim() == 4 else "bn"}.{shortcut[1]}'
    name = re.sub(r'^se\.fc\.0\.', 'se.fc1.', name)
    name = re.sub(r'^se\.fc\.2\.', 'se.fc2.', name)
    return f'stack.{name}'
