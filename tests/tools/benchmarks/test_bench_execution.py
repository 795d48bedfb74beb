"""The benchmark of memory layout and batch order."""

import json
import sys

from tests.support.command_line import call
from tests.support.glints import ROOT


def test_bench_execution(trained, tmp_path):
    """Both nets, four ways, as many times as asked for."""
    done = call(sys.executable, ROOT / 'tools/benchmarks/bench_execution.py',
                f'tiny={trained / "tiny.py"}', '--batch-size', 2,
                '--rounds', 3, '--warmup', 0, '--out',
                tmp_path / 'bench')
    assert done.returncode == 0, done.stderr[-3000:]
    times_ms = json.loads((tmp_path / 'bench.json').read_text())
    assert set(times_ms) == {'tiny snet', 'tiny dnet'}
    for ways in times_ms.values():
        assert len(ways) == 4
        assert all(len(times) == 3 and min(times) > 0
                   for times in ways.values())
    table = (tmp_path / 'bench.md').read_text()
    assert table.count('| tiny ') == 2 and 'batch of 2' in table
    assert table in done.stdout
