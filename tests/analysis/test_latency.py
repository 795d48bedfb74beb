"""Times and memory of steps in turns."""

import os

import pytest
import torch

from s2dnet_mmaction.analysis import latency
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.latency import (
    measure_in_turns,
    paired_ratios,
    peak_memory,
    quartiles,
    time_in_turns,
)
from tests.support import small

CPU = torch.device('cpu')


def test_turns(monkeypatch):
    """Every round times each step once, in the order given."""
    calls = []
    monkeypatch.setattr(latency, 'synchronize',
                        lambda device: calls.append('.'))
    times = time_in_turns(
        {name: lambda name=name: calls.append(name)
         for name in 'abc'}, rounds=2, warmup=1)
    assert ''.join(calls) == 3 * '.a..b..c.'
    assert {name: len(numbers) for name, numbers in times.items()} == dict(
        a=2, b=2, c=2)


def test_peak_memory():
    """A step that holds 64 MiB for a time."""

    def step():
        torch.ones(2**24)

    if not os.access('/proc/self/clear_refs', os.W_OK):
        with pytest.raises(OSError):  # not on Linux, or a container
            peak_memory(step, CPU)
    else:
        assert 60 < peak_memory(step, CPU) < 80


def test_memory_that_the_machine_does_not_report(monkeypatch):
    def fail(*args):
        raise OSError('no clear_refs')

    monkeypatch.setattr(latency, 'peak_memory', fail)
    cost = measure_in_turns(dict(a=lambda: None), rounds=2)['a']
    assert len(cost.times_sec) == 2 and cost.peak_mib is None
    assert 'no clear_refs' in cost.peak_unknown


def test_statistics():
    assert quartiles([4.0, 1.0, 2.0, 3.0, 5.0]) == (2, 3, 4)
    assert paired_ratios([10.0, 20.0], [5.0, 10.0]) == [2, 2]


def test_amp():
    """Autocast reaches the network."""
    cfg = small.tsm()
    model = build(cfg)
    dtypes = []
    model.cls_head.fc_cls.register_forward_hook(
        lambda module, inputs, output: dtypes.append(output.dtype))
    small.scores(model, cfg, amp=True)
    assert dtypes == [torch.bfloat16]
