"""The script that tests and times the CUDA kernels, without its commands."""

import sys
from unittest import mock

import bench_model
import bench_sampler
import pytest

from tests.support.command_line import call
from tests.support.glints import ROOT

SCRIPT = ROOT / 'tools/benchmarks/bench_gpu.sh'
# Stands for Python: there is a GPU; the step of pytest fails.
PYTHON = """#!/usr/bin/env bash
[ "$1" = -c ] && exit 0
printf '%s\\n' "$@"
[ "$1" != -m ]
"""


def test_without_a_gpu(tmp_path):
    run = call('bash', SCRIPT, tmp_path, PYTHON=sys.executable,
               CUDA_VISIBLE_DEVICES='')
    assert run.returncode == 1
    assert run.stderr.startswith('CUDA: got no usable device, expected one.')


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp('gpu')
    python = folder / 'python'
    python.write_text(PYTHON)
    python.chmod(0o755)
    run = call('bash', SCRIPT, folder, PYTHON=str(python))
    assert run.returncode == 1
    return folder


def test_a_failure_stops_no_other_step(results):
    lines = (results / 'times.txt').read_text().splitlines()
    failed = [line for line in lines if ': ok, ' not in line]
    assert len(lines) == 7 and len(failed) == 1
    assert failed[0].startswith('cuda_tests: failed')


@pytest.mark.parametrize('tool', [bench_sampler, bench_model])
def test_options_are_known(results, tool):
    """And what the benchmarks are to measure exists."""
    count = 0
    for log in results.glob('*.txt'):
        command = log.read_text().splitlines()
        if command[:1] != [f'tools/benchmarks/{tool.__name__}.py']:
            continue
        with mock.patch.object(sys, 'argv', command):
            args = tool.parse_args()
        assert args.json == str(log.with_suffix('.json'))
        for config in getattr(args, 'configs', ()):
            assert (ROOT / config.partition('=')[2]).is_file()
        count += 1
    assert count == 2
