"""The benchmark of the data path, in tiny runs."""

import json
import sys

import bench_data
import pytest

from tests.support import command_line, videos
from tests.support.glints import ROOT


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the benchmark in this process; returns what it prints."""

    def run(*arguments):
        monkeypatch.setattr(
            sys, 'argv', ['bench_data.py', *map(str, arguments)])
        bench_data.main()
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize('workers', [0, 1])
def test_tiny_run(call, tmp_path, workers):
    text = call('--count', 2, '--frames', 12, 9, '--batch-size', 2, '--gop',
                5, '--rounds', 2, '--workers', workers, '--json',
                tmp_path / 'numbers.json', '--out', tmp_path / 'table.md')
    assert text.endswith((tmp_path / 'table.md').read_text())
    for split in ('train', 'test'):
        assert text.count(f'**{split} pipeline**') == 2
        assert text.count(f'**{split} pipeline, usage per clip**') == 1
    assert text.count('faster than stock transforms') == 2
    assert text.count('faster than TSM, 8 frames') == 2
    record = json.loads((tmp_path / 'numbers.json').read_text())
    assert record['largest_difference'] == dict(train=0, test=0)
    assert set(record['page_settings']) == {
        'enabled', 'shmem_enabled', 'defrag'
    }
    labels = ['stock transforms', 'this package', 'TSM, 8 frames']
    for split in ('train', 'test'):
        assert record['results'][split]['items'] == 2
        variants = record['results'][split]['variants']
        assert list(variants) == labels
        for variant in variants.values():
            assert len(variant['times_sec']) == 2
        used = record['usage_per_clip'][split]
        assert list(used) == labels
        assert all(number >= 0 for one in used.values()
                   for number in one.values())


def test_files_of_ones_own(tmp_path):
    """As a user calls it, and without huge pages."""
    video = videos.write(tmp_path / 'video.mp4', videos.draw(12, 64, 64))
    done = command_line.call(
        sys.executable, ROOT / 'tools/benchmarks/bench_data.py', '--videos',
        video, '--rounds', 1, '--warmup', 0, '--splits', 'test',
        '--no-huge-pages', '--config',
        ROOT / 'configs/_base_/datasets/sthv2.py')
    assert done.returncode == 0, done.stderr[-3000:]
    assert str(video) in done.stdout and 'sthv2.py' in done.stdout
    assert 'train pipeline' not in done.stdout
    assert 'off for this process' in done.stdout
