"""Tables and records of made-up costs."""

import dataclasses

import pytest

from s2dnet_mmaction.analysis.cost import Options
from s2dnet_mmaction.analysis.report import as_dict, markdown, speedups
from tests.support.small import cost

OPTIONS = Options(rounds=3)
# A machine that is twice as slow in round 2 leaves the ratio unchanged.
COSTS = [
    cost('a', [10.0, 20.0, 10.0], dict(backbone=2 * 10**9)),
    cost('b', [5.0, 10.0, 5.0], dict(synopsis=10**9, detail=10**9))
]


def test_ratios_are_paired():
    assert speedups(COSTS) == dict(a=[1, 1, 1], b=[2, 2, 2])
    assert speedups(COSTS, 'b') == dict(a=[0.5] * 3, b=[1] * 3)
    with pytest.raises(ValueError, match="baseline: got 'c'"):
        speedups(COSTS, 'c')


def test_table():
    row = markdown(COSTS, OPTIONS).splitlines()[3].split('|')
    assert [cell.strip() for cell in row[1:-1]] == [
        'b', '8 x 224 x 224', '1.00', '2.00', '-', '1.00', '1.00', '3',
        '5.0 [5.0, 7.5]', '2.00 [2.00, 2.00]', '5'
    ]


def test_table_without_times():
    table = markdown([cost('a', [], dict(backbone=1))],
                     dataclasses.replace(OPTIONS, latency=False))
    assert 'GMACs' in table and 'ms/video' not in table


def test_unknown_memory():
    unknown = dataclasses.replace(
        COSTS[0], peak_mib=None, peak_unknown='no clear_refs')
    lines = markdown([unknown], OPTIONS).splitlines()
    assert lines[2].endswith('|        - |')
    assert '- no clear_refs' in lines


def test_missed_products():
    missed = dataclasses.replace(COSTS[0], missed_ops={'aten::mv': 2})
    assert '- a: GMACs lack aten::mv' in markdown([missed], OPTIONS)


def test_record():
    numbers = as_dict(COSTS)
    assert numbers['costs'][1]['ratio_quartiles'] == (2, 2, 2)
    assert numbers['costs'][1]['gmacs'] == 2
    assert numbers['baseline'] == 'a'
    untimed = as_dict([cost('a', [], dict(backbone=1))])['costs'][0]
    assert untimed['time_ms_quartiles'] is untimed['ratio_quartiles'] is None
