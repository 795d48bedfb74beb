"""The benchmark of memory layout and batch order, a tiny run of it."""

import json

import pytest

from tests.support.command_line import call_tool

pytestmark = pytest.mark.slow


def test_execution(trained, tmp_path):
    """Both nets, four ways, as many times as asked for."""
    text = call_tool(
        'benchmarks/bench_execution.py', f'tiny={trained / "tiny.py"}',
        '--batch-size', 2, '--rounds', 3, '--warmup', 0, '--out',
        tmp_path / 'bench')
    record = json.loads((tmp_path / 'bench.json').read_text())
    assert record['options']['rounds'] == 3
    assert [result['title'] for result in record['results']
            ] == ['tiny snet', 'tiny dnet']
    for result in record['results']:
        assert len(result['variants']) == 4
        for variant in result['variants'].values():
            assert len(variant['times_sec']) == 3
            assert min(variant['times_sec']) > 0
    table = (tmp_path / 'bench.md').read_text()
    assert table.count('**tiny ') == 2 and 'batch of 2' in table
    assert table in text
