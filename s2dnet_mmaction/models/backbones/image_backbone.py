"""A 2D network of any package as a backbone."""

import operator
from typing import Dict, Iterator, List, Optional, Sequence, Union

import torch
import torch.fx
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from ..._checks import require
from .image_nets import build_image_net, import_package, package_of
from .reductions import STAGES
from .truncate import truncate


@MODELS.register_module()
class ImageBackbone(BaseModule):
    """A 2D network of timm, torchvision or another package.

    It gives the map of one stage. ``'res2'`` ... ``'res5'`` are the stages
    with 1/4 ... 1/32 of the resolution: those of timm's ``feature_info``,
    or those that :func:`find_stages` finds in any other network. The
    package initialises the weights, or loads them, when it builds the net.

    In a config ``backbone=dict(type='timm.resnet18', ...)`` and
    ``'torchvision.resnet18'`` stand for this class around them.

    Args:
        net: config of the network, see :func:`build_image_net`.
        out_stage: the last stage, None for ``'res5'``; see
            :func:`truncate`. Networks of timm take ``out_indices`` instead.
        frozen_stages: 1 trains nothing up to the end of res2, 2 up to that
            of res3, ...; -1 trains everything.
        norm_eval: whether batch norms keep their statistics in training.

    Raises:
        ImportError: if the package is missing.
        ValueError: if the network or a stage does not exist.
    """

    def __init__(self,
                 net: dict,
                 out_stage: Optional[str] = None,
                 frozen_stages: int = -1,
                 norm_eval: bool = False) -> None:
        super().__init__()
        self.net = build_image_net(net)
        self.body_name = 'net'
        self.classifier: Optional[str] = None
        if package_of(net['type']) == 'timm':
            require(out_stage is None, 'out_stage', repr(out_stage),
                    f'None for {net["type"]!r}',
                    'Choose the last map of a network of timm with '
                    'out_indices=(index, ).')
            # What timm's FeatureGetterNet and FeatureHookNet run.
            for wrapped in ('model', 'body'):
                if hasattr(self.net, wrapped):
                    self.body_name = f'net.{wrapped}'
            self.stages = _timm_stages(self.body, self.net.feature_info.info)
        else:
            self.net, self.stages, self.classifier = truncate(
                self.net, out_stage or 'res5')
        self.norm_eval = norm_eval
        self.frozen: List[str] = []  # modules
        if frozen_stages != -1:
            stage = f'res{frozen_stages + 1}'
            require(stage in self.stages and frozen_stages > 0,
                    'frozen_stages', frozen_stages, '-1, or a number for one '
                    f'of {list(self.stages)} (1 for res2)',
                    'Choose one of them.')
            self._freeze(self.stages[stage])
        self.train()

    @property
    def body(self) -> nn.Module:
        """The part whose submodules have the names that the package gave."""
        return self.get_submodule(self.body_name)

    def init_weights(self) -> None:
        """Keep the weights of the package."""
        self._is_init = True

    def train(self, mode: bool = True) -> 'ImageBackbone':
        """Set the mode; frozen stages and frozen norms stay in testing."""
        super().train(mode)
        for name in self.frozen:
            self.body.get_submodule(name).eval()
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def forward(self, images: Tensor) -> Union[Tensor, List[Tensor]]:
        """(N, 3, H, W) -> (N, C, h, w), or a list of one such map."""
        return self.net(images)

    def _freeze(self, stage: str) -> None:
        """Freeze what runs before the end of a stage, and the stage.

        Of networks that are not recorded, what is defined before its end,
        and the parameters of no submodule, such as a position embedding.
        """
        if isinstance(self.net, torch.fx.GraphModule):
            nodes = list(self.net.graph.nodes)
            end = [node.target for node in nodes].index(stage)
            for node in nodes[:end + 1]:
                if node.op == 'call_module':
                    self.frozen.append(node.target)
                elif node.op == 'get_attr':
                    operator.attrgetter(node.target)(
                        self.net).requires_grad_(False)
        elif stage == self.net.feature_info.info[-1]['module']:
            # HRNet mixes its maps by modules of no stage.
            self.frozen = [name for name, _ in self.body.named_children()]
            self.body.requires_grad_(False)
        else:
            self.frozen = list(self._defined_up_to(stage))
            for name, module in self.body.named_modules():
                if f'{stage}.'.startswith(f'{name}.') or not name:
                    for parameter in module.parameters(recurse=False):
                        parameter.requires_grad_(False)
        for name in self.frozen:
            self.body.get_submodule(name).requires_grad_(False)

    def _defined_up_to(self, stage: str) -> Iterator[str]:
        names = [name for name, _ in self.body.named_modules() if name]
        inside = [name for name in names if f'{name}.'.startswith(f'{stage}.')]
        for name in names[:names.index(inside[-1]) + 1]:
            if not f'{stage}.'.startswith(f'{name}.') or name == stage:
                yield name


def build_backbone(cfg: dict) -> nn.Module:
    """Build a backbone from any config that MMAction2 takes.

    Args:
        cfg: with a registered type, or one of ``'timm.NAME'``,
            ``'torchvision.NAME'`` (or their function or class),
            ``'mmpretrain.NAME'``, ``'mmcls.NAME'``. The option
            ``feature_shape`` that MMAction2 has for timm and torchvision
            is not needed: all maps are (N, C, h, w).

    Raises:
        ImportError: if the package is missing.
        ValueError: if the config does not fit the network.
    """
    kind = cfg.get('type')
    package = package_of(kind) if kind else ''
    if package in ('mmcls', 'mmpretrain') and isinstance(kind, str):
        import_package(f'{package}.models', kind)  # registers the networks
    if package not in ('timm', 'torchvision'):
        return MODELS.build(cfg)
    own = ('out_stage', 'frozen_stages', 'norm_eval')
    net = {key: value for key, value in cfg.items()
           if key not in (*own, 'feature_shape')}
    return ImageBackbone(net, **{k: cfg[k] for k in own if k in cfg})


def _timm_stages(body: nn.Module, info: Sequence[dict]) -> Dict[str, str]:
    """Stage -> submodule, from timm's ``feature_info``."""
    modules = dict(body.named_modules())
    stages = {}
    for entry in info:
        level = int(entry['reduction']).bit_length() - 1
        # Some feature nets rename 'stages.0' to 'stages_0'.
        for name in (entry['module'], entry['module'].replace('.', '_', 1)):
            if name in modules and f'res{level}' in STAGES:
                stages[f'res{level}'] = name
    return stages
