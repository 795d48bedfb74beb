"""The benchmark of the data path, a tiny run of it."""

import json
import subprocess
import sys

import pytest

from ..glints import ROOT

TOOL = ROOT / 'tools/benchmarks/bench_data.py'


def call(*arguments):
    done = subprocess.run([sys.executable, str(TOOL), *map(str, arguments)],
                          capture_output=True,
                          text=True)
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
    rows = [line for line in text.splitlines() if line.startswith('| t')]
    assert [row.split('|')[1].strip() for row in rows] == [
        f'{split}: {label}' for split in ('train', 'test')
        for label in ('stock transforms', 'this package', 'TSM, 8 frames')
    ]
    assert 'train 0, test 0' in text  # to the bit
    results = json.loads((tmp_path / 'numbers.json').read_text())['results']
    for split in ('train', 'test'):
        assert results[split]['largest_difference'] == 0
        for label in ('stock transforms', 'this package', 'TSM, 8 frames'):
            rates = results[split][label]['clips_per_sec']
            assert len(rates) == 2 and min(rates) > 0


def test_files_of_ones_own(glints_root):
    video = next(glints_root.rglob('*.mp4'))
    text = call('--videos', video, '--rounds', 1, '--warmup', 0, '--splits',
                'test', '--config', ROOT / 'configs/_base_/datasets/sthv2.py')
    assert str(video) in text and 'sthv2.py' in text
    assert 'train:' not in text
