"""Numbers of variants side by side."""

import pytest

from comparison import Comparison, compare
from s2dnet_mmaction.analysis.latency import StepCost


def example():
    return Comparison(
        'filter',
        items=4,
        costs=dict(
            slow=StepCost([0.8, 1.6, 0.8], 12.0),
            fast=StepCost([0.1, 0.4, 0.2])),
        baseline='slow')


def test_ratios_are_paired_by_round():
    assert example().speedups('fast') == pytest.approx([8, 4, 4])
    assert example().speedups('slow') == [1, 1, 1]


def test_times_are_per_video():
    assert example().times_ms('fast') == pytest.approx([25, 100, 50])


def test_markdown():
    lines = example().markdown().splitlines()
    assert lines[0] == '**filter**'
    row = [cell.strip() for cell in lines[-1].split('|')[1:-1]]
    assert row == [
        'fast', '50.0 [37.5, 75.0]', '20.0', '4.00 [4.00, 6.00]', '-'
    ]
    assert lines[-2].split('|')[-2].strip() == '12.0'


def test_as_dict():
    fast = example().as_dict()['variants']['fast']
    assert fast['times_sec'] == [0.1, 0.4, 0.2]
    assert fast['speedup_quartiles'][1] == pytest.approx(4)


def test_compare_runs_each_variant_in_turn():
    calls = []
    result = compare(
        'order', {
            name: lambda name=name: calls.append(name)
            for name in 'ab'
        },
        items=1,
        rounds=3,
        warmup=1)
    assert calls == list('abab' 'abab') + ['a', 'b']  # the last: memory
    assert result.baseline == 'a'
    assert {len(cost.times_sec) for cost in result.costs.values()} == {3}


def test_unknown_baseline():
    with pytest.raises(ValueError, match="baseline: got 'c'"):
        compare('', dict(a=print), items=1, rounds=1, baseline='c')
