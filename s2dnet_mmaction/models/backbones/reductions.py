"""Stages of a 2D network of any make, found by running it."""

import copy
import math
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

import torch
import torch.fx
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

STAGES = ('res2', 'res3', 'res4', 'res5')
_LEVELS = range(6)  # a map of less than 1/32 is a pooled one
_SIZE = 224  # that of ImageNet; some networks take no other
# Their map has the same size for every image, and so no resolution.
_FIXED = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


class Call(NamedTuple):
    """One call of a submodule.

    Attributes:
        name: dotted name of the submodule.
        level_in, level: input and output have 1 / 2^level of the image's
            resolution; None for what is no map.
    """

    name: str
    level_in: Optional[int]
    level: Optional[int]


def find_stages(net: nn.Module) -> Dict[str, str]:
    """Last part of a network at 1/4, 1/8, 1/16 and 1/32 of the resolution.

    A part is an outermost submodule that halves the resolution at most
    once. So the convolutions inside a bottleneck block that halves it
    belong to the block, while a container that leads from frames to the
    last map, such as ``features``, consists of several parts. What leads
    from a map to none, such as ``classifier``, has no parts. Transformers
    that pass on tokens (N, L, C) have no such stages.

    Args:
        net: takes (N, 3, 224, 224) images. A copy runs on the meta device.

    Returns:
        ``'res2'`` ... ``'res5'`` -> dotted name of the submodule, as far as
        the network has these resolutions.

    Raises:
        ValueError: if the network does not run.
    """
    calls = _record(net)
    parts = _parts(net, calls)
    last = {call.level: call.name for call in calls if call.name in parts}
    stages = {stage: last[level] for level, stage in enumerate(STAGES, 2)
              if level in last}
    # The only map of such a transformer is that of its patch embedding.
    return stages if len(stages) > 1 else {}


def map_levels(net: torch.fx.GraphModule) -> Dict[str, Optional[int]]:
    """log2 of image size / map size for the nodes of a recorded network.

    Args:
        net: a copy runs on the meta device.

    Returns:
        name of each node with a tensor -> its level; None for what is no
        map, or a map whose size does not depend on the image's.
    """
    probe, images = _on_meta(net)
    recorder = _LevelRecorder(probe)
    with torch.no_grad():
        recorder.run(images)
    return recorder.levels


class _LevelRecorder(torch.fx.Interpreter):
    """Notes the level of each node's tensor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.levels: Dict[str, Optional[int]] = {}
        self.fixed: Set[str] = set()

    def run_node(self, n: torch.fx.Node) -> Any:
        value = super().run_node(n)
        if isinstance(value, Tensor) and n.op != 'output':
            maps = [node.name for node in n.all_input_nodes
                    if node.name in self.fixed or
                    self.levels.get(node.name) is not None]
            if self._fixes_size(n) or maps and self.fixed.issuperset(maps):
                self.fixed.add(n.name)
            is_map = n.op != 'get_attr' and n.name not in self.fixed
            self.levels[n.name] = _level(value) if is_map else None
        return value

    def _fixes_size(self, n: torch.fx.Node) -> bool:
        if n.op == 'call_module':
            return isinstance(self.fetch_attr(n.target), _FIXED)
        return n.target is F.adaptive_avg_pool2d


def _parts(net: nn.Module, calls: List[Call]) -> Set[str]:
    by_name: Dict[str, List[Call]] = {}
    for call in calls:
        by_name.setdefault(call.name, []).append(call)
    parts: Set[str] = set()

    def visit(module: nn.Module, prefix: str) -> None:
        for name, child in module.named_children():
            name = f'{prefix}{name}'
            is_leaf = next(child.children(), None) is None
            if isinstance(child, _FIXED):
                continue
            if name in by_name and all(
                    call.level is not None and
                    (is_leaf or _halves_once(call)) for call in by_name[name]):
                parts.add(name)
            elif all(call.level_in is not None and not _is_head(call, calls)
                     for call in by_name.get(name, ())):
                visit(child, f'{name}.')  # not into the work on tokens

    visit(net, '')
    return parts


def _is_head(call: Call, calls: List[Call]) -> bool:
    """Whether it leads from a map to none, with no smaller map inside."""
    inside = {inner.level for inner in calls
              if inner.name.startswith(f'{call.name}.')}
    return call.level_in > 0 and call.level not in _LEVELS and (
        inside.isdisjoint(range(call.level_in + 1, _LEVELS.stop)))


def _halves_once(call: Call) -> bool:
    return call.level_in is not None and call.level - call.level_in <= 1


def _record(net: nn.Module) -> List[Call]:
    """Calls of all submodules, in the order in which they end."""
    probe, images = _on_meta(net)
    calls = []

    def recorder(name: str):
        return lambda module, inputs, output: calls.append(
            Call(name, _level(inputs), _level(output)))

    for name, module in probe.named_modules():
        if name:
            module.register_forward_hook(recorder(name))
    try:
        with torch.no_grad():
            probe(images)
    except Exception as error:  # a network may raise anything
        raise ValueError(
            f'stages of {type(net).__name__}: got an error for an image of '
            f'{_SIZE} x {_SIZE} on the meta device ({error}), expected a '
            'network that takes this size. Name a submodule of the network '
            'in out_stage or fusion_stages, instead of one of '
            f'{STAGES}.') from error
    return calls


def _on_meta(net: nn.Module) -> Tuple[nn.Module, Tensor]:
    """A copy without numbers, and images for it."""
    probe = copy.deepcopy(net).to('meta')
    probe.eval()
    # The temporal shift takes whole videos.
    frames = max(getattr(m, 'num_segments', 1) for m in probe.modules())
    return probe, torch.empty(frames, 3, _SIZE, _SIZE, device='meta')


def _level(value: Any) -> Optional[int]:
    """log2 of image size / map size; (N, C, h, w) or (N, h, w, C)."""
    if isinstance(value, (tuple, list)) and len(value):
        value = value[0]
    if not isinstance(value, Tensor) or value.dim() != 4:
        return None
    height = value.size(2 if value.size(2) == value.size(3) else 1)
    return round(math.log2(_SIZE / height)) if height else None
