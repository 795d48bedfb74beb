"""The benchmark of exported networks, a tiny run of it."""

import json

import pytest

from tests.support.command_line import call_tool
from tests.support.glints import config

pytestmark = pytest.mark.slow


def test_forms(tmp_path, glints_root):
    """Each form gives the scores of the network, and is timed."""
    config(glints_root, tmp_path / 'work').dump(tmp_path / 'tiny.py')
    text = call_tool(
        'benchmarks/bench_export.py', tmp_path / 'tiny.py', '--frames', 9,
        '--frame-size', 32, '--rounds', 2, '--out', tmp_path / 'bench')
    result, = json.loads((tmp_path / 'bench.json').read_text())['results']
    assert list(result['variants']) == [
        'eager', 'eager, folded', 'eager, int8 linear', 'torch.export', 'ONNX',
        'ONNX, folded', 'ONNX, folded, int8 linear']
    for variant in result['variants'].values():
        assert len(variant['times_sec']) == 2
    differences = [float(line.split()[-1]) for line in text.splitlines()
                   if 'scores differ by at most' in line]
    assert len(differences) == 7 and max(differences) < 1e-2
    assert '9 frames of 32 px' in (tmp_path / 'bench.md').read_text()
