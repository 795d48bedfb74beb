"""Options and JSON file of the benchmarks."""

import json

import pytest

from bench_options import DEVICE, bench_parser, conditions, write_json


def test_defaults():
    args = bench_parser('x', batch_size=4, seed=True).parse_args([])
    assert vars(args) == dict(
        batch_size=4, device='cpu', warmup=2, rounds=11, seed=0, json=None)
    args = bench_parser('x', device=True, rounds=3, warmup=0).parse_args([])
    assert vars(args) == dict(device=DEVICE, warmup=0, rounds=3, json=None)


def test_options_that_a_benchmark_lacks(capsys):
    with pytest.raises(SystemExit):
        bench_parser('x').parse_args(['--seed', '1'])
    assert 'unrecognized arguments: --seed 1' in capsys.readouterr().err


def test_record(tmp_path):
    parser = bench_parser('x', batch_size=4)
    write_json(parser.parse_args([]), numbers=[1])  # names no file
    args = parser.parse_args(['--json', str(tmp_path / 'a.json'),
                              '--rounds', '5'])
    write_json(args, numbers=[1])
    record = json.loads((tmp_path / 'a.json').read_text())
    assert record['numbers'] == [1] and record['options']['rounds'] == 5
    text = conditions(args, '85 frames')
    assert 'batch of 4, 85 frames, median and quartiles of 5 rounds' in text
