"""The benchmark of the locators, a tiny run of it."""

import json

from tests.support.command_line import call_tool


def test_locators(tmp_path):
    """Each locator at each size, forward and with its gradients."""
    text = call_tool('benchmarks/bench_locators.py', '--batch-size', 2,
                     '--rounds', 3, '--warmup', 0, '--out', tmp_path / 'bench')
    record = json.loads((tmp_path / 'bench.json').read_text())
    assert len(record['results']) == 2 * 4
    for result in record['results']:
        assert list(result['variants']) == ['LocationScale', 'HeatmapLocator']
        for variant in result['variants'].values():
            assert len(variant['times_sec']) == 3
            assert min(variant['times_sec']) > 0
    table = (tmp_path / 'bench.md').read_text()
    assert table.count(', forward and backward**') == 4
    assert 'batch of 2' in table and table in text
