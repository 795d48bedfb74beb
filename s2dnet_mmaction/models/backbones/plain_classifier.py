"""The classifier of a 2D network, if it reads the mean of the last map."""

from typing import Iterable, Iterator, Optional, Sequence, Tuple

import torch
import torch.fx
import torch.nn as nn
import torch.nn.functional as F

_SHAPES = ('size', 'dim', 'view', 'reshape', 'flatten', 'squeeze')
_AXES = ([2, 3], [-2, -1], [-1, -2])
# What a recorded step does.
_NOTHING, _SHAPE, _MEAN, _LINEAR, _OTHER = range(5)


def find_plain_classifier(net: nn.Module, steps: Sequence[torch.fx.Node]
                          ) -> Optional[str]:
    """Name of a linear layer W with ``net(x) = W mean(map)``.

    A head of S2DNet computes just this. With another step between map and
    layer, be it one without weights like an activation, W would answer
    wrongly there.

    Args:
        net: the network.
        steps: of its ``forward`` in testing: those after the map (N, C, h,
            w), as torch.fx records them.

    Returns:
        None if there is another step, or one that is not known.
    """
    found = [(kind, name) for kind, name in _kinds(net, steps)
             if kind != _NOTHING]
    # The mean is the first step; each position of a map is still one.
    kinds = [kind for kind, _ in found if kind != _SHAPE]
    if kinds != [_MEAN, _LINEAR] or found[0][0] != _MEAN:
        return None
    return next(name for kind, name in found if kind == _LINEAR)


def _kinds(net: nn.Module, steps: Iterable[torch.fx.Node]
           ) -> Iterator[Tuple[int, str]]:
    for node in steps:
        if node.op == 'call_module':
            yield from _of_module(net.get_submodule(node.target), node.target)
        elif node.op != 'output':
            yield _of_function(node), node.name


def _of_module(module: nn.Module, name: str) -> Iterator[Tuple[int, str]]:
    if isinstance(module, nn.Sequential):
        for child_name, child in module.named_children():
            yield from _of_module(child, f'{name}.{child_name}')
    elif isinstance(module, (nn.Identity, nn.Dropout)):
        yield _NOTHING, name
    elif isinstance(module, nn.Flatten):
        yield _SHAPE, name
    elif isinstance(module, nn.AdaptiveAvgPool2d):
        yield _of_pooling(module.output_size), name
    else:
        yield _LINEAR if type(module) is nn.Linear else _OTHER, name


def _of_function(node: torch.fx.Node) -> int:
    argument = node.args[1] if len(node.args) > 1 else None
    if node.target in ('mean', torch.mean):
        axes = node.kwargs.get('dim', argument)
        return _MEAN if axes is not None and (
            not isinstance(axes, int) and list(axes) in _AXES) else _OTHER
    if node.target is F.adaptive_avg_pool2d:
        return _of_pooling(node.kwargs.get('output_size', argument))
    if node.target is F.dropout:
        return _NOTHING
    return (_SHAPE if node.target in _SHAPES or node.target is torch.flatten
            else _OTHER)


def _of_pooling(size: object) -> int:
    return _MEAN if size in (1, (1, 1), [1, 1]) else _OTHER
