"""Multiply-adds of a recognizer, part by part."""

from typing import Any, Dict, Tuple

import torch
import torch.nn as nn
from mmaction.structures import ActionDataSample
from mmengine.analysis import FlopAnalyzer
from torch import Tensor

from .._checks import require
from ..models.backbones.afnet.blocks import FocalBlock
from ..models.necks import DetailSampler
from .sampler_macs import banded_macs, dense_macs

FOCAL = 'focal'
# Module of an S2DNet -> part in tables. The synopsis classifier counts as
# synopsis; the lateral fusions are counted apart from DNet.
_TWO_NETWORKS = {
    'snet': 'synopsis',
    'cls_head.fc_synopsis': 'synopsis',
    'context': 'context',
    'neck': 'sampler',
    'dnet.fusions': 'fusion',
    'dnet': 'detail',
    'cls_head': 'detail',
}
# Matrix products that mmengine's counter does not support. Of prim::
# operators it reports only calls of functions that it cannot trace.
_PRODUCTS = {
    f'aten::{name}'
    for name in ('scaled_dot_product_attention', 'baddbmm', 'addbmm', 'mv',
                 'dot', 'convolution', 'conv_transpose2d')
}


class _ScorePath(nn.Module):
    """Network input to scores of each view, by the steps of ``predict``."""

    def __init__(self, model: nn.Module, arguments: Dict[str, Any]) -> None:
        super().__init__()
        self.model = model
        self.arguments = arguments

    def forward(self, inputs: Tensor) -> Tensor:
        feats, arguments = self.model.extract_feat(
            inputs, test_mode=True, **self.arguments)
        return self.model.cls_head(feats, **arguments)


def count_macs(model: nn.Module,
               frames: Tensor) -> Tuple[Dict[str, int], Dict[str, int]]:
    """Multiply-adds of one view, by part.

    Counts are those of :class:`mmengine.analysis.FlopAnalyzer`:
    convolutions, matrix products and, much smaller, norms and poolings.
    They leave out decoding, resizing and normalisation. A traced graph
    contains the dense form of the detail sampler; its count is replaced by
    that of the compiled kernels, see :func:`banded_macs`.

    Args:
        model: a recognizer in eval mode, on the CPU.
        frames: one view as the data loader gives it, see :class:`View`.

    Returns:
        the multiply-adds by part, which add up to those of the whole
        network, and the number of calls of each matrix product that the
        counter does not support.

    Raises:
        ValueError: if the preprocessor gives no single tensor of frames.
    """
    sample = ActionDataSample().set_gt_label(0)
    batch = model.data_preprocessor(
        dict(inputs=[frames], data_samples=[sample]), False)
    inputs = batch.pop('inputs')
    batch.pop('data_samples')
    require(
        isinstance(inputs, Tensor), 'network input', type(inputs).__name__,
        'one tensor of frames',
        'Only recognizers that take video frames are analysed.')
    path = _ScorePath(model, batch)
    path.eval()
    analyzer = FlopAnalyzer(path, (inputs, ))
    analyzer.unsupported_ops_warnings(False)
    analyzer.uncalled_modules_warnings(False)
    analyzer.tracer_warnings('none')
    with torch.no_grad():
        macs = _by_part(analyzer, part_names(model))
    neck = getattr(model, 'neck', None)
    if isinstance(neck, DetailSampler) and neck.backend != 'dense':
        _, channels, num_frames, *frame_size = frames.shape
        extent = (num_frames, *frame_size)
        macs[part_names(model)['neck']] += channels * (
            banded_macs(neck.size, extent, neck.filters) -
            dense_macs(neck.size, extent))
    missed = {name: count
              for name, count in analyzer.unsupported_ops().items()
              if name in _PRODUCTS or name.startswith('prim::')}
    return macs, missed


def module_gmacs(module: nn.Module, inputs: Tensor) -> float:
    """Giga multiply-adds of one call of a module in eval mode."""
    analyzer = FlopAnalyzer(module, (inputs, ))
    analyzer.unsupported_ops_warnings(False)
    analyzer.uncalled_modules_warnings(False)
    # torch's fast path of a transformer layer is one operation that is not
    # counted.
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            return analyzer.total() / 1e9
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def part_names(model: nn.Module) -> Dict[str, str]:
    """Module name -> name of the part that it counts as.

    A module nested in another of these is not counted in the outer one.
    """
    names = dict(model.named_modules())
    # What may be left out of some frames counts apart.
    skipped = {f'{name}.stack': FOCAL for name, module in names.items()
               if isinstance(module, FocalBlock)}
    if 'snet' in names:
        return {name: part for name, part in _TWO_NETWORKS.items()
                if name in names}
    part_of = {}
    for child, module in model.named_children():
        if child == 'data_preprocessor':
            continue
        part_of[child] = 'head' if child == 'cls_head' else child
        if len(getattr(module, 'fusions', ())):
            part_of[f'{child}.fusions'] = 'fusion'
    return {**part_of, **skipped}


def _by_part(analyzer: FlopAnalyzer,
             part_of: Dict[str, str]) -> Dict[str, int]:
    macs = dict.fromkeys(part_of.values(), 0)
    for module, part in part_of.items():
        nested = sum(
            analyzer.total(f'model.{name}') for name in part_of
            if name.startswith(f'{module}.'))
        macs[part] += int(analyzer.total(f'model.{module}') - nested)
    rest = int(analyzer.total()) - sum(macs.values())
    if rest:  # computed outside of these modules
        macs['other'] = rest
    return macs
