"""Weights of another network, completed to those of a fresh one."""

import logging
import re
from typing import Dict, List, Sequence, Tuple

import torch.nn as nn
from mmaction.models.heads import BaseHead
from mmengine.logging import print_log
from torch import Tensor

from ..._checks import require
from .checkpoints import listed
from .complete_loading import is_needed, other_shapes


def complete_weights(model: nn.Module, weights: Dict[str, Tensor],
                     allow_missing: Sequence[re.Pattern] = (),
                     new_classes: bool = False) -> Dict[str, Tensor]:
    """Fill what a file may lack with the values that the model has.

    The log names all that did not come from the file.

    Args:
        model: the initialised network.
        weights: entries of the file, by the names of the model.
        allow_missing: patterns that match, from their start, the names of
            entries that the file may lack or have in another shape.
        new_classes: whether the classes of the file are others, of any
            number; what depends on them is not taken from it, see
            :func:`class_columns`.

    Returns:
        the weights; incomplete if more is missing than is allowed, or if
        the file has nothing for the model.

    Raises:
        ValueError: if a pattern matches no entry of the model.
    """
    own = model.state_dict()
    for pattern in allow_missing:
        require(
            any(map(pattern.match, own)), 'allow_missing',
            repr(pattern.pattern),
            f'a pattern of names of {type(model).__name__}, like '
            f'{next(iter(own))}', 'Correct or remove it.')
    weights, kept = dict(weights), []
    if not own.keys() & weights.keys():
        return weights  # of no such network, or of another prefix
    if new_classes:
        weights, kept = _with_own_classes(model, own, weights)
    shapes = other_shapes(own, weights)
    fresh = []
    for name, value in own.items():
        missing = name not in weights and is_needed(name)
        if (missing or name in shapes) and any(
                pattern.match(name) for pattern in allow_missing):
            weights[name] = value.clone()
            fresh.append(shapes.get(name, name))
    for what, names in (('classes differ', kept),
                        ('as initialised, not from the file', fresh)):
        if names:
            print_log(f'{type(model).__name__}: {what}: {listed(names)}.',
                      logger='current', level=logging.WARNING)
    return weights


def class_columns(model: nn.Module) -> Dict[str, int]:
    """Entries that depend on the number of classes N.

    Of a head these are all entries with one row per class. Other modules
    that read s name theirs in ``class_columns``, with the number of leading
    columns that do not depend on s.

    Returns:
        name -> number of leading columns that do not depend on the classes;
        0 where nothing of an entry can be kept.
    """
    columns = {}
    for prefix, module in model.named_modules():
        prefix = prefix and prefix + '.'
        names = getattr(module, 'class_columns', {})
        if isinstance(module, BaseHead):
            names = {name: 0 for name, value in module.named_parameters()
                     if value.shape[:1] == (module.num_classes, )}
        columns.update({prefix + name: kept for name, kept in names.items()})
    return columns


def _with_own_classes(model: nn.Module, own: Dict[str, Tensor],
                      weights: Dict[str, Tensor]
                      ) -> Tuple[Dict[str, Tensor], List[str]]:
    """Weights with the model's values for all that concerns classes."""
    columns = class_columns(model)
    heads = {len(weights[name]) for name, value in own.items()
             if name in columns and name.startswith('cls_head.')
             and isinstance(weights.get(name), Tensor)}
    if len(heads) != 1:  # no file of this network, which loading reports
        return weights, []
    num_classes, = heads
    notes = []
    for name, num_kept in columns.items():
        found, value = weights.get(name), own[name]
        if not isinstance(found, Tensor):
            continue
        if name.startswith('cls_head.'):
            weights[name] = value.clone()
            notes.append(f'{name} starts afresh')
        elif found.shape == (len(value), num_kept + num_classes):
            weights[name] = value.clone()
            weights[name][:, :num_kept] = found[:, :num_kept]
            notes.append(f'{name} keeps {num_kept} of {value.size(1)} '
                         'columns')
    return weights, notes
