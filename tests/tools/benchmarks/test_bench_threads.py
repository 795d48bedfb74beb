"""The benchmark of OpenMP's settings, a tiny run of it."""

import json

import pytest

from tests.support.command_line import call_tool

pytestmark = pytest.mark.slow


def test_threads(trained, tmp_path):
    text = call_tool(
        'benchmarks/bench_threads.py', '--config', trained / 'tiny.py',
        '--settings', 'OMP_WAIT_POLICY=PASSIVE,OMP_NUM_THREADS=1',
        '--workers', 0, '--busy', 0, 1, '--batch-size', 8, '--rounds', 2,
        '--warmup', 0, '--out', tmp_path / 'bench', '--json',
        tmp_path / 'bench.json')
    results = json.loads((tmp_path / 'bench.json').read_text())['results']
    assert [result['title'] for result in results
            ] == ['alone', 'beside 1 busy processes']
    for result in results:
        (name, variant), = result['variants'].items()
        assert name == 'OMP_WAIT_POLICY=PASSIVE,OMP_NUM_THREADS=1, 0 workers'
        assert len(variant['times_sec']) == 2
    assert (tmp_path / 'bench.md').read_text() in text + '\n'
