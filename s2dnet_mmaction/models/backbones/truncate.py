"""A 2D network of any make, cut behind one of its stages."""

from typing import Dict, Iterable, Tuple

import torch.fx
import torch.nn as nn

from ..._checks import require
from .reductions import STAGES, find_stages


def truncate(net: nn.Module, out_stage: str = 'res5'
             ) -> Tuple[torch.fx.GraphModule, Dict[str, str]]:
    """Leave out what follows a stage: pooling and classifier.

    torch.fx records the calls that the network's ``forward`` makes. What it
    calls stays the same module under the same name, so that files with the
    network's weights fit, and training mode and hooks work. (torchvision's
    ``create_feature_extractor`` records what happens inside the stages
    instead of calling them, and nothing could be fused behind a stage.)

    Args:
        net: gives anything for (N, 3, H, W) images. It is changed.
        out_stage: ``'res2'`` ... ``'res5'``, see :func:`find_stages`, or
            the dotted name of a submodule.

    Returns:
        the cut network, and for each of its stages the name of a submodule
        with its map as output: an ``nn.Identity`` behind the stage. The
        stage itself can end with a module that runs in several places, such
        as an activation.

    Raises:
        ValueError: if there is no such stage, if torch.fx cannot follow
            ``forward``, or if ``forward`` itself depends on training mode.
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
    ends = {stage: f'end_of_{stage.replace(".", "_")}' for stage in stages}
    for end in ends.values():
        net.add_module(end, nn.Identity())
    cut, in_training = (
        _cut(net.train(mode), stages, ends) for mode in (False, True))
    require(str(cut.graph) == str(in_training.graph), f'forward of {name}',
            'other steps in training than in testing', 'the same',
            'Name an earlier out_stage.')
    return cut.train(), ends


def _cut(net: nn.Module, stages: Dict[str, str],
         ends: Dict[str, str]) -> torch.fx.GraphModule:
    name = type(net).__name__
    try:
        graph = _Tracer(stages.values()).trace(net)
    except Exception as error:  # forward is foreign code
        raise ValueError(
            f'forward of {name}: got {error!r}, expected one that torch.fx '
            'can follow. Write a backbone of your own around the network, '
            'and register it.') from error
    for stage, part in stages.items():
        calls = [node for node in graph.nodes
                 if node.op == 'call_module' and node.target == part]
        require(len(calls) > 0, f'out_stage of {name}', repr(part),
                'a submodule that forward calls', 'Name another one.')
        with graph.inserting_after(calls[-1]):
            end = graph.call_module(ends[stage], ())
        calls[-1].replace_all_uses_with(end)
        end.args = (calls[-1], )
    for node in graph.nodes:
        if node.op == 'output':
            node.args = (end, )
    cut = torch.fx.GraphModule(net, graph, name)
    cut.graph.eliminate_dead_code()
    cut.delete_all_unused_submodules()
    cut.recompile()
    return cut


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
