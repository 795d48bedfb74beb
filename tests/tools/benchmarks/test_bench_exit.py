"""The benchmark of the exit, a tiny run of it."""

import json

import pytest

from tests.support.command_line import call_tool

pytestmark = pytest.mark.slow


def test_exit(trained, tmp_path):
    """Two checkpoints of a tiny run."""
    work = trained / 'work'
    text = call_tool(
        'benchmarks/bench_exit.py', trained / 'tiny.py', work / 'epoch_1.pth',
        work / 'epoch_2.pth', '--rounds', 2, '--out', tmp_path / 'exit')
    rows = json.loads((tmp_path / 'exit.json').read_text())['rows']
    assert [row['seed'] for row in rows] == [0] * 6 + [1] * 6
    for plain, *others in (rows[:6], rows[6:]):
        assert plain['exit'] == 'no exit' and plain['exited'] == 0
        assert plain['faster'] == [1, 1]
        shares = [row['exited'] for row in others[1:]]
        assert shares == sorted(shares) and shares[-1] == 1
        for row in others:
            assert len(row['ms']) == 2 and min(row['ms']) > 0
            assert row['gmacs'] < plain['gmacs'] or not row['exited']
    assert 'Chosen threshold, 2 seeds' in text
    assert (tmp_path / 'exit.md').read_text() in text
    assert (tmp_path / 'exit.png').stat().st_size > 1000
