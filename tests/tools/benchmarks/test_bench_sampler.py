"""The benchmark of the sampler, a tiny run of it."""

import json

import pytest

from tests.support.command_line import call_tool

pytestmark = pytest.mark.slow


@pytest.mark.parametrize('layout', ['channels-last', 'planar'])
def test_sampler(tmp_path, layout):
    text = call_tool(
        'benchmarks/bench_sampler.py', '--scale', 0.1, '--rounds', 2,
        '--warmup', 0, '--batch-size', 2, '--device', 'cpu', '--layout',
        layout, '--json', tmp_path / 'sampler.json')
    record = json.loads((tmp_path / 'sampler.json').read_text())
    assert len(record['cases']) == 2
    for case in record['cases']:
        assert case['work']['read_mb'] > 0
        for result in case['results']:
            assert list(result['variants']) == [
                'reference', 'dense', 'torch', 'numba'
            ]
            for variant in result['variants'].values():
                assert len(variant['times_sec']) == 2
    assert text.count('| numba') == 4
    assert f'{layout} uint8 frames' in text
