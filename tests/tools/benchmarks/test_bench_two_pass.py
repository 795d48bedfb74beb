"""The benchmark of decoding in two passes, a tiny run of it."""

import json

import pytest

from tests.support.command_line import call_tool

pytestmark = pytest.mark.slow


def test_two_pass(tmp_path):
    text = call_tool(
        'benchmarks/bench_two_pass.py', '--size', 256, 260, '--frames', 60, 8,
        '--gops', 10, '--count', 2, '--rounds', 1, '--warmup', 0, '--json',
        tmp_path / 'passes.json')
    videos, images = json.loads(
        (tmp_path / 'passes.json').read_text())['results']
    for record in (videos, images):
        assert list(record['variants']) == ['one pass', 'two passes']
        # nothing of the short video, a part of the long one
        assert 0.1 < record['share_read'] < 0.5
    assert text.count('| two passes') == 2
