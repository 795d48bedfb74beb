"""The benchmark of AFNet, a short run of it."""

import json

import pytest

from tests.support.command_line import run_tool

pytestmark = pytest.mark.slow


@pytest.mark.parametrize('options', [[], ['--fuse-conv-bn']])
def test_report(tmp_path, capsys, options):
    run_tool('benchmarks/bench_afnet.py', '--frames', 2, '--rounds', 1,
             '--warmup', 0, '--ratio', 0.25, '--out', tmp_path / 'a',
             *options)
    text = (tmp_path / 'a.md').read_text()
    assert text in capsys.readouterr().out
    record = json.loads((tmp_path / 'a.json').read_text())
    result, = record['results']
    assert len(result['variants']) == 4
    assert result['baseline'].startswith('TSM')
    best = min(result['variants'][name]['times_sec'][0]
                  for name in ('TSM', 'TSM, channels last'))
    fastest = result['variants'][result['baseline']]['times_sec'][0]
    assert fastest == best
    # two frames and a quarter of 1.047 each
    assert f'{2 * (1.832 + 1.047 / 4):.1f} GMACs' in text
    assert ('folded' in text) == bool(options)


def test_without_a_tsm(tmp_path):
    run_tool('benchmarks/bench_afnet.py', '--net', 'mobilenetv3', '--frames',
             2, '--rounds', 1, '--warmup', 0, '--json', tmp_path / 'a.json')
    result, = json.loads((tmp_path / 'a.json').read_text())['results']
    assert list(result['variants']) == ['AFNet-TSM, masks',
                                        'AFNet-TSM, skips']
