"""Costs of small recognizers, side by side."""

import copy
import dataclasses

import pytest
import torch

from s2dnet_mmaction.analysis import cost as cost_module
from s2dnet_mmaction.analysis.cost import Options, build, measure
from tests.support import small

CPU = torch.device('cpu')
OPTIONS = Options(rounds=2, warmup=1, **small.VIDEO)


def test_side_by_side():
    """Four kinds of networks in one process."""
    configs = dict(
        ours=small.s2dnet(),
        tsm=small.tsm(),
        x3d=small.x3d(),
        branch=small.branch())
    costs = measure(configs, dataclasses.replace(OPTIONS, batch_size=2))
    assert [cost.label for cost in costs] == list(configs)
    for cost in costs:
        assert len(cost.times_ms) == 2 and min(cost.times_ms) > 0
        assert cost.params == sum(
            p.numel() for p in build(configs[cost.label]).parameters())
        assert (cost.peak_mib is None) == bool(cost.peak_unknown)
        assert not cost.missed_ops
    assert [cost.num_views for cost in costs] == [1, 6, 6, 1]


@pytest.mark.parametrize('make', [small.s2dnet, small.tsm, small.x3d])
@pytest.mark.parametrize('switch', ['fuse_conv_bn', 'channels_last'])
def test_switches_change_no_answer(make, switch):
    cfg = make()
    model = build(cfg)
    for module in model.modules():  # norms that do something
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 2.0)
    expected = small.scores(model, cfg)
    options = dataclasses.replace(OPTIONS, **{switch: True})
    prepared = cost_module._prepare(copy.deepcopy(model), options, CPU)
    if switch == 'channels_last':
        formats = {4: torch.channels_last, 5: torch.channels_last_3d}
        assert all(
            weight.is_contiguous(memory_format=formats[weight.dim()])
            for weight in prepared.parameters() if weight.dim() in formats)
    torch.testing.assert_close(
        small.scores(prepared, cfg), expected, rtol=1e-3, atol=1e-5)


def test_no_latency_runs_no_step(monkeypatch):
    monkeypatch.setattr(cost_module, 'make_step', None)
    cost, = measure(
        dict(a=small.tsm()), dataclasses.replace(OPTIONS, latency=False))
    assert cost.times_ms == [] and cost.peak_mib is None


@pytest.mark.parametrize('options, error, message', [
    (dict(batch_size=0), ValueError, 'batch_size: got 0'),
    (dict(rounds=0), ValueError, 'rounds: got 0'),
    (dict(warmup=-1), ValueError, 'warmup: got -1'),
    (dict(threads=0), ValueError, 'threads: got 0'),
    (dict(crop=1.5), TypeError, 'crop: got 1.5'),
    (dict(device='tpu'), ValueError, "device: got 'tpu'"),
    (dict(device='cuda:99'), ValueError, "device: got 'cuda:99'"),
])
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        Options(**options)


def test_config_without_model():
    cfg = small.tsm()
    cfg.pop('model')
    with pytest.raises(ValueError, match='got no model'):
        measure(dict(a=cfg), OPTIONS)
