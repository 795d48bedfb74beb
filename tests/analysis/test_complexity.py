"""Multiply-adds, by part."""

import pytest
import torch
import torch.nn as nn
from mmengine.analysis import FlopAnalyzer

from s2dnet_mmaction.analysis.complexity import (
    count_macs,
    module_gmacs,
    part_names,
)
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.inputs import one_view, raw_video
from tests.support import small, tiny


def count(cfg):
    model = build(cfg)
    view = one_view(cfg, model, raw_video(**small.VIDEO))
    macs, missed = count_macs(model, view.frames)
    assert not missed
    return model, view, macs


def alone(module, *inputs):
    analyzer = FlopAnalyzer(module, inputs)
    analyzer.unsupported_ops_warnings(False)
    analyzer.uncalled_modules_warnings(False)
    with torch.no_grad():
        return analyzer.total()


class Raw(nn.Module):
    """f_theta without its scaling, which has no products."""

    def __init__(self, locator):
        super().__init__()
        self.locator = locator

    def forward(self, e, s):
        return self.locator.predict(e, s)


class Scores(nn.Module):

    def __init__(self, model, **arguments):
        super().__init__()
        self.model, self.arguments = model, arguments

    def forward(self, inputs):
        return self.model(inputs, stage='head', **self.arguments)


def test_parts_of_s2dnet():
    """Each part counts what it counts on its own; nothing is left over."""
    model, view, macs = count(small.s2dnet())
    assert list(macs) == ['synopsis', 'context', 'sampler', 'fusion', 'detail']
    frames = view.frames  # (1, C, T, H, W)
    saved = by_bands(model, view)
    assert sum(macs.values()) == alone(Scores(model), frames[None]) - saved

    frames = frames.transpose(1, 2)  # (1, T, C, H, W)
    e = torch.rand(1, *model.snet.feature_shape)
    s = torch.rand(1, tiny.NUM_CLASSES)
    m = torch.rand(1, model.context.out_channels)
    volume = torch.rand(1, model.dnet.num_frames, 3, *model.dnet.size)
    lengths = torch.tensor([frames.size(1)])
    head = model.cls_head
    synopsis = torch.rand(1, model.snet.num_frames, 3, *model.snet.size)
    assert macs['synopsis'] == alone(
        model.snet, synopsis) + head.fc_synopsis.weight.numel()
    assert macs['context'] == alone(model.context, e, s)
    assert macs['sampler'] == alone(model.neck, frames, lengths, e, s) - saved
    assert macs['fusion'] + macs['detail'] == alone(
        model.dnet, volume, m) + head.fc_detail.weight.numel()
    stage = torch.rand(*model.dnet.stage_shapes['layer1'])
    assert macs['fusion'] == alone(model.dnet.fusions[0], stage, m) > 0


def by_bands(model, view):
    """Multiply-adds that the sampler need not do; by hand."""
    t, height, width = view.extent
    t_d, h_d, w_d = model.neck.size
    dense = t * height * width + h_d * height * width + h_d * w_d * width
    bands = (min(12, t) * height * width + min(12, height) * h_d * width +
             min(12, width) * h_d * w_d)
    return 3 * t_d * (dense - bands)


@pytest.mark.parametrize('backend', ['auto', 'dense'])
def test_filters_are_counted(backend):
    """G_X G_Y G_T I, by hand: twelve taps, or whole axes."""
    cfg = small.s2dnet()
    cfg.model.neck.backend = backend
    model, view, macs = count(cfg)
    t, height, width = view.extent
    t_d, h_d, w_d = model.neck.size
    products = 3 * t_d * width * (t * height + height * h_d) + (
        3 * t_d * h_d * w_d * width)
    if backend == 'auto':
        saved = by_bands(model, view)
        assert saved > 0.1 * products
        products -= saved
    e = torch.rand(1, *model.snet.feature_shape)
    s = torch.rand(1, tiny.NUM_CLASSES)
    f_theta = alone(Raw(model.neck.locator), e, s)
    assert macs['sampler'] == products + f_theta


@pytest.mark.parametrize('make, names', [
    (small.tsm, ['backbone', 'head']),
    (small.x3d, ['backbone', 'head']),
    (small.branch, ['backbone', 'neck', 'head']),
])
def test_parts_of_one_network(make, names):
    model, view, macs = count(make())
    assert sorted(macs) == sorted(names)
    assert min(macs.values()) > 0
    inputs, saved = view.frames[None], 0
    if make is small.branch:
        saved = by_bands(model, view)
    else:
        inputs = inputs.float()
    assert sum(macs.values()) == alone(Scores(model), inputs) - saved


def test_fusions_are_counted_apart():
    model = nn.Module()
    model.backbone, model.cls_head = nn.Module(), nn.Linear(1, 1)
    model.backbone.fusions = nn.ModuleList([nn.Linear(1, 1)])
    model.data_preprocessor = nn.Identity()
    assert part_names(model) == {
        'backbone': 'backbone',
        'backbone.fusions': 'fusion',
        'cls_head': 'head'
    }


def test_products_that_the_counter_misses():
    """They are reported; operators outside of modules are 'other'."""

    class Odd(nn.Module):

        def __init__(self):
            super().__init__()
            self.cls_head = nn.Linear(4, 2)

        def data_preprocessor(self, data, training):
            return dict(inputs=data['inputs'][0].float(), data_samples=[])

        def extract_feat(self, inputs, test_mode):
            inputs = nn.functional.scaled_dot_product_attention(
                inputs, inputs, inputs)
            return inputs @ inputs.mT @ inputs, {}

    macs, missed = count_macs(Odd(), torch.rand(1, 3, 4))
    assert macs == dict(head=3 * 4 * 2, other=2 * 3 * 4 * 3)
    assert missed == {'aten::scaled_dot_product_attention': 1}


def test_gmacs_of_a_transformer_layer():
    """4 d^2 of the attention, 2 d^2 of the rest; torch stays as it is."""
    layer = nn.TransformerEncoderLayer(
        32, 4, dim_feedforward=32, batch_first=True).eval()
    fast = torch.backends.mha.get_fastpath_enabled()
    products = 10 * 6 * 32 ** 2
    assert module_gmacs(layer, torch.zeros(1, 10, 32)) == pytest.approx(
        products / 1e9, rel=.1)
    assert torch.backends.mha.get_fastpath_enabled() == fast
