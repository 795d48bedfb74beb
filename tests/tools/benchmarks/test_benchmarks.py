"""The benchmarks run, and what they print is what they measured."""

import json
import sys

import pytest

from tests.support.command_line import call
from tests.support.glints import QUICKSTART, ROOT

TOOLS = ['bench_sampler', 'bench_model', 'bench_two_pass']


@pytest.mark.parametrize('tool', TOOLS)
def test_help(tool):
    done = call(sys.executable, ROOT / f'tools/benchmarks/{tool}.py', '--help')
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('layout', ['channels-last', 'planar'])
def test_sampler(tmp_path, layout):
    done = call(sys.executable, ROOT / 'tools/benchmarks/bench_sampler.py',
                '--scale', 0.1, '--rounds', 2, '--warmup', 0, '--batch-size',
                2, '--device', 'cpu', '--layout', layout, '--json',
                tmp_path / 'sampler.json')
    assert done.returncode == 0, done.stderr[-3000:]
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
    assert done.stdout.count('| numba') == 4
    assert f'{layout} uint8 frames' in done.stdout


@pytest.mark.parametrize('options', [(), ('--windows', '--amp')])
def test_model(tmp_path, options):
    done = call(sys.executable, ROOT / 'tools/benchmarks/bench_model.py',
                f'glints={QUICKSTART}', '--rounds', 2, '--warmup', 0,
                '--batch-size', 2, '--frames', 12, '--frame-size', 64,
                '--device', 'cpu', '--json', tmp_path / 'model.json', *options)
    assert done.returncode == 0, done.stderr[-3000:]
    record, = json.loads((tmp_path / 'model.json').read_text())['results']
    assert record['title'] == 'glints'
    assert set(record['sampler']) == set(record['variants'])
    for sampler in record['sampler'].values():
        assert len(sampler['sampler_and_step_sec']) == 2
        for own, step in sampler['sampler_and_step_sec']:
            assert 0 < own < step
    assert '% of the step' in done.stdout


def test_two_pass(tmp_path):
    done = call(sys.executable, ROOT / 'tools/benchmarks/bench_two_pass.py',
                '--size', 256, 260, '--frames', 60, 8, '--gops', 10, '--count',
                2, '--rounds', 1, '--warmup', 0, '--json',
                tmp_path / 'passes.json')
    assert done.returncode == 0, done.stderr[-3000:]
    videos, images = json.loads(
        (tmp_path / 'passes.json').read_text())['results']
    for record in (videos, images):
        assert list(record['variants']) == ['one pass', 'two passes']
        # nothing of the short video, a part of the long one
        assert 0.1 < record['share_read'] < 0.5
    assert done.stdout.count('| two passes') == 2
