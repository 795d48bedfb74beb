"""A 2D network of any make, cut behind one of its stages."""

from typing import Dict, Iterable, List, NamedTuple, Optional, Set

import torch.fx
import torch.nn as nn

from ..._checks import require
from .plain_classifier import find_plain_classifier
from .reductions import STAGES, find_stages, map_levels


class Truncated(NamedTuple):
    """A network without what follows a stage.

    Attributes:
        net: the cut network.
        stages: for each of its stages the name of a submodule with its map
            as output: an ``nn.Identity`` behind the stage. The stage itself
            can end with a step of ``forward`` that is no module.
        classifier: what :func:`find_plain_classifier` says of the rest.
    """

    net: torch.fx.GraphModule
    stages: Dict[str, str]
    classifier: Optional[str]


def truncate(net: nn.Module, out_stage: str = 'res5') -> Truncated:
    """Leave out what follows a stage: pooling and classifier.

    torch.fx records the calls that the network's ``forward`` makes. What it
    calls stays the same module under the same name, so that files with the
    network's weights fit, and training mode and hooks work. (torchvision's
    ``create_feature_extractor`` records what happens inside the stages
    instead of calling them, and nothing could be fused behind a stage.)

    One of ``'res2'`` ... ``'res5'`` ends with the last map of its size, be
    it from a module or from a function such as ``relu`` or ``cat``. A stage
    named by a submodule ends right behind that submodule.

    Args:
        net: gives anything for (N, 3, H, W) images. It is changed.
        out_stage: ``'res2'`` ... ``'res5'``, see :func:`find_stages`, or
            the dotted name of a submodule.

    Raises:
        ValueError: if there is no such stage, if it ends with several maps,
            if torch.fx cannot follow ``forward``, or if ``forward`` itself
            depends on training mode.
    """
    name = type(net).__name__
    known = find_stages(net) if out_stage in STAGES else {}
    last = known.get(out_stage, out_stage)
    require(
        last in dict(net.named_modules()), f'out_stage of {name}',
        repr(out_stage),
        f'one of {list(known)} or a submodule; its top level has '
        f'{[child for child, _ in net.named_children()]}',
        "Name one of them. Use transformers from timm ('timm.NAME').")
    stages = {stage: part for stage, part in known.items()
              if stage <= out_stage} or {out_stage: last}
    testing, training = (
        _record(net.train(mode), stages.values()) for mode in (False, True))
    ends = (_last_maps(testing, stages) if known
            else {out_stage: _last_call(testing, last)})
    classifier = find_plain_classifier(
        net, _behind(testing.graph, ends[out_stage]))
    names = {stage: f'end_of_{stage.replace(".", "_")}' for stage in ends}
    targets = {ends[stage]: end for stage, end in names.items()}
    for recorded in (testing, training):
        _cut(recorded, targets)
    require(str(testing.graph) == str(training.graph), f'forward of {name}',
            'other steps in training than in testing', 'the same',
            'Name an earlier out_stage.')
    return Truncated(testing.train(), names, classifier)


def _record(net: nn.Module, parts: Iterable[str]) -> torch.fx.GraphModule:
    name = type(net).__name__
    try:
        graph = _Tracer(parts).trace(net)
    except Exception as error:  # forward is foreign code
        raise ValueError(
            f'forward of {name}: got {error!r}, expected one '
            'that torch.fx can follow. Write a backbone of your own around '
            'the network, and register it.') from error
    recorded = torch.fx.GraphModule(net, graph, name)
    recorded.graph.eliminate_dead_code()
    return recorded


def _last_call(net: torch.fx.GraphModule, part: str) -> str:
    """Name of the node of a submodule's last call."""
    calls = [node.name for node in net.graph.nodes
             if node.op == 'call_module' and node.target == part]
    require(len(calls) > 0, f'out_stage of {type(net).__name__}', repr(part),
            'a submodule that forward calls', 'Name another one.')
    return calls[-1]


def _last_maps(net: torch.fx.GraphModule, stages: Iterable[str]
               ) -> Dict[str, str]:
    """Stage -> name of the node with its last map.

    What follows reads this map instead of earlier ones of its size: else
    something would pass by the cut or a fusion. If branches of a stage do
    not join at its size, it ends where they part; the last stage must join.
    """
    levels = map_levels(net)
    ends = {}
    for stage in stages:
        maps = [node for node in net.graph.nodes
                if levels.get(node.name) == int(stage[len('res'):])]
        for i, end in enumerate(maps):
            kept = _leads_to(end)
            if not any(user not in kept for node in maps[:i]
                       for user in node.users
                       if user.op == 'output' or user.name in levels):
                ends[stage] = end.name
    names = [node.name for node in maps]  # of the last stage
    require(ends.get(stage) in names[-1:], f'out_stage of '
            f'{type(net).__name__}', f'{stage!r}, which ends with the maps '
            f'{names[-3:]}', 'a stage that ends with one map, which all that '
            'follows reads', 'Name an earlier stage, or a submodule.')
    return ends


def _leads_to(end: torch.fx.Node) -> Set[torch.fx.Node]:
    """A node and all whose results it depends on."""
    found, open_nodes = {end}, [end]
    while open_nodes:
        new = set(open_nodes.pop().all_input_nodes) - found
        found |= new
        open_nodes += new
    return found


def _behind(graph: torch.fx.Graph, end: str) -> List[torch.fx.Node]:
    nodes = list(graph.nodes)
    return nodes[[node.name for node in nodes].index(end) + 1:]


def _cut(net: torch.fx.GraphModule, ends: Dict[str, str]) -> None:
    """Cut behind the last end; put a named module behind each of them."""
    end = None
    for node in list(net.graph.nodes):
        if node.name in ends:
            net.add_submodule(ends[node.name], nn.Identity())
            with net.graph.inserting_after(node):
                end = net.graph.call_module(ends[node.name], ())
            node.replace_all_uses_with(end)
            end.args = (node, )
        if node.op == 'output':
            node.args = (end, )
    net.graph.eliminate_dead_code()
    net.delete_all_unused_submodules()
    net.recompile()


class _Tracer(torch.fx.Tracer):
    """Records calls of modules; looks only into those that hold a stage."""

    # Unpickling a GraphModule makes a tracer without arguments.
    def __init__(self, parts: Iterable[str] = ()) -> None:
        super().__init__()
        self.parts = tuple(parts)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str
                       ) -> bool:
        inside = f'{module_qualified_name}.'
        return not any(part.startswith(inside) for part in self.parts)
