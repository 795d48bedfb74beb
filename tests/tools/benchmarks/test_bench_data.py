"""The benchmark of the data path, a tiny run of it."""

import json
import sys

import pytest

from tests.support import command_line
from tests.support.glints import ROOT


def call(*arguments):
    done = command_line.call(
        sys.executable, ROOT / 'tools/benchmarks/bench_data.py', *arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_help():
    assert '--videos' in call('--help')


@pytest.mark.parametrize('workers', [0, 1])
def test_tiny_run(tmp_path, workers):
    text = call('--count', 2, '--frames', 12, 9, '--batch-size', 2, '--gop',
                5, '--rounds', 2, '--workers', workers, '--json',
                tmp_path / 'numbers.json', '--out', tmp_path / 'table.md')
    assert text.endswith((tmp_path / 'table.md').read_text())
    for split in ('train', 'test'):
        assert text.count(f'**{split} pipeline**') == 2
    assert text.count('faster than stock transforms') == 2
    assert text.count('faster than TSM, 8 frames') == 2
    record = json.loads((tmp_path / 'numbers.json').read_text())
    assert record['largest_difference'] == dict(train=0, test=0)
    for split in ('train', 'test'):
        assert record['results'][split]['items'] == 2
        variants = record['results'][split]['variants']
        assert list(variants) == [
            'stock transforms', 'this package', 'TSM, 8 frames'
        ]
        for variant in variants.values():
            assert len(variant['times_sec']) == 2


def test_files_of_ones_own(glints_root):
    video = next(glints_root.rglob('*.mp4'))
    text = call('--videos', video, '--rounds', 1, '--warmup', 0, '--splits',
                'test', '--config', ROOT / 'configs/_base_/datasets/sthv2.py')
    assert str(video) in text and 'sthv2.py' in text
    assert 'train pipeline' not in text
