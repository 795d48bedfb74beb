"""The benchmark of whole networks, a tiny run of it."""

import json

import pytest

from tests.support.command_line import call_tool
from tests.support.glints import QUICKSTART

pytestmark = pytest.mark.slow


@pytest.mark.parametrize('options', [(), ('--windows', '--amp')])
def test_model(tmp_path, options):
    text = call_tool(
        'benchmarks/bench_model.py', f'glints={QUICKSTART}', '--rounds', 2,
        '--warmup', 0, '--batch-size', 2, '--frames', 12, '--frame-size', 64,
        '--device', 'cpu', '--json', tmp_path / 'model.json', *options)
    record, = json.loads((tmp_path / 'model.json').read_text())['results']
    assert record['title'] == 'glints'
    assert set(record['sampler']) == set(record['variants'])
    for sampler in record['sampler'].values():
        assert len(sampler['sampler_and_step_sec']) == 2
        for own, step in sampler['sampler_and_step_sec']:
            assert 0 < own < step
    assert '% of the step' in text
