"""Latency, memory, switches, and all of it side by side."""

import copy
import dataclasses
import os

import pytest
import torch

from s2dnet_mmaction.analysis import (
    Cost,
    Options,
    as_dict,
    build,
    cost_figure,
    make_step,
    markdown,
    measure,
    one_view,
    peak_memory,
    quartiles,
    raw_video,
    speedups,
    time_in_turns,
)
from s2dnet_mmaction.analysis import cost as cost_module
from tests.support import small

CPU = torch.device('cpu')
OPTIONS = Options(rounds=2, warmup=1, **small.VIDEO)


def test_turns():
    """Every round times each step once, in the order given."""
    calls = []
    times = time_in_turns(
        {name: lambda name=name: calls.append(name)
         for name in 'abc'},
        rounds=2,
        warmup=1,
        synchronize=lambda: calls.append('.'),
        after_round=lambda: calls.append('|'))
    assert ''.join(calls) == 3 * '.a..b..c.|'
    assert {name: len(numbers) for name, numbers in times.items()} == {
        'a': 2,
        'b': 2,
        'c': 2
    }


def test_side_by_side():
    """Four kinds of networks in one process."""
    configs = dict(
        ours=small.ours(),
        tsm=small.host_2d(),
        x3d=small.host_3d(),
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


def scores(model, cfg, amp=False):
    view = one_view(cfg, model, raw_video(**small.VIDEO))
    found = []
    test_step = model.test_step

    def record(data):
        found.extend(test_step(data))

    model.test_step = record
    make_step(model, view.frames, 2, CPU, amp)()
    model.test_step = test_step
    assert len(found) == 2  # one answer per video of the batch
    torch.testing.assert_close(found[0].pred_score, found[1].pred_score)
    return found[0].pred_score


@pytest.mark.parametrize('make', [small.ours, small.host_2d, small.host_3d])
@pytest.mark.parametrize('switch', ['fuse_conv_bn', 'channels_last'])
def test_switches_change_no_answer(make, switch):
    cfg = make()
    model = build(cfg)
    for module in model.modules():  # norms that do something
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 2.0)
    expected = scores(model, cfg)
    options = dataclasses.replace(OPTIONS, **{switch: True})
    prepared = cost_module._prepare(copy.deepcopy(model), options, CPU)
    if switch == 'channels_last':
        formats = {4: torch.channels_last, 5: torch.channels_last_3d}
        assert all(
            weight.is_contiguous(memory_format=formats[weight.dim()])
            for weight in prepared.parameters() if weight.dim() in formats)
    torch.testing.assert_close(
        scores(prepared, cfg), expected, rtol=1e-3, atol=1e-5)


def test_amp():
    """Autocast reaches the network."""
    cfg = small.host_2d()
    model = build(cfg)
    seen = []
    model.cls_head.fc_cls.register_forward_hook(
        lambda module, inputs, output: seen.append(output.dtype))
    scores(model, cfg, amp=True)
    assert seen == [torch.bfloat16]


def test_no_latency_runs_no_step(monkeypatch):
    monkeypatch.setattr(cost_module, 'make_step', None)
    cost, = measure(
        dict(a=small.host_2d()), dataclasses.replace(OPTIONS, latency=False))
    assert cost.times_ms == [] and cost.peak_mib is None
    table = markdown([cost], dataclasses.replace(OPTIONS, latency=False))
    assert 'GMACs' in table and 'ms/video' not in table
    with pytest.raises(ValueError, match='got no times'):
        cost_figure([cost])


def test_peak_memory():
    """A step that holds 64 MiB for a time."""

    def step():
        torch.ones(2**24)

    if not os.access('/proc/self/clear_refs', os.W_OK):
        with pytest.raises(OSError):  # not on Linux, or a container
            peak_memory(step, CPU)
    else:
        assert 60 < peak_memory(step, CPU) < 80


def test_memory_that_the_machine_does_not_tell(monkeypatch):
    def fail(*args):
        raise OSError('no clear_refs')

    monkeypatch.setattr(cost_module, 'peak_memory', fail)
    cost, = measure(dict(a=small.host_2d()), OPTIONS)
    assert cost.peak_mib is None
    table = markdown([cost], OPTIONS)
    assert '- This machine does not tell memory: no clear_refs' in table
    assert table.splitlines()[2].endswith('|        - |')


def made_up(label, times_ms, macs):
    return Cost(label, f'{label}.py', 10**6, macs, {}, (8, 224, 224), 3,
                times_ms, 5.0)


def test_ratios_are_paired():
    """A machine that is twice as slow in round 2 leaves the ratio alone."""
    costs = [
        made_up('a', [10.0, 20.0, 10.0], dict(backbone=2 * 10**9)),
        made_up('b', [5.0, 10.0, 5.0], dict(synopsis=10**9, detail=10**9))
    ]
    assert speedups(costs) == dict(a=[1, 1, 1], b=[2, 2, 2])
    assert speedups(costs, 'b') == dict(a=[0.5] * 3, b=[1] * 3)
    assert quartiles([4.0, 1.0, 2.0, 3.0, 5.0]) == (2, 3, 4)
    table = markdown(costs, OPTIONS)
    row = table.splitlines()[3].split('|')
    assert [cell.strip() for cell in row[1:-1]] == [
        'b', '8 x 224 x 224', '1.00', '2.00', '-', '1.00', '1.00', '3',
        '5.0 [5.0, 7.5]', '2.00 [2.00, 2.00]', '5'
    ]
    numbers = as_dict(costs, OPTIONS)
    assert numbers['costs'][1]['ratio_quartiles'] == (2, 2, 2)
    with pytest.raises(ValueError, match="baseline: got 'c'"):
        speedups(costs, 'c')


def test_missed_products_are_said():
    cost = dataclasses.replace(
        made_up('a', [1.0], dict(backbone=1)), missed_ops={'aten::mv': 2})
    assert '- a: GMACs lack aten::mv' in markdown([cost], OPTIONS)


def test_labels_of_the_figure_do_not_overlap():
    from matplotlib.text import Annotation, Text
    name = 's2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-120e_sthv2-rgb'
    places = [(25, 178), (22, 174), (43, 296), (86, 957), (3, 58), (6, 60)]
    figure = cost_figure([
        made_up(f'{name}-{i}', [ms, 1.1 * ms], dict(backbone=gmacs * 10**9))
        for i, (gmacs, ms) in enumerate(places)
    ])
    axes, = figure.axes
    notes = [
        child for child in axes.get_children()
        if isinstance(child, Annotation)
    ]
    figure.canvas.draw()
    boxes = [Text.get_window_extent(note) for note in notes]
    assert len(boxes) == 6
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert axes.bbox.containsx(box.x0) and axes.bbox.containsx(box.x1)
        assert axes.bbox.containsy(box.y0) and axes.bbox.containsy(box.y1)


@pytest.mark.parametrize('options, error, message', [
    (dict(batch_size=0), ValueError, 'batch_size: got 0'),
    (dict(rounds=0), ValueError, 'rounds: got 0'),
    (dict(warmup=-1), ValueError, 'warmup: got -1'),
    (dict(threads=0), ValueError, 'threads: got 0'),
    (dict(crop=1.5), TypeError, 'crop: got 1.5'),
    (dict(device='tpu'), ValueError, 'device: got tpu'),
    (dict(device='cuda:99'), ValueError, 'device: got cuda:99'),
])
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        Options(**options)


def test_config_without_model():
    cfg = small.host_2d()
    cfg.pop('model')
    with pytest.raises(ValueError, match='got no model'):
        measure(dict(a=cfg), OPTIONS)
