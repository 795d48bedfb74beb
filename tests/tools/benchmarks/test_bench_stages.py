"""The benchmark of the stages of bulk prediction, a tiny run of it."""

import json

import pytest

from tests.support.command_line import run_tool

pytestmark = pytest.mark.slow
TOOL = 'benchmarks/bench_stages.py'


def test_stages(trained, glints_root, tmp_path, capsys):
    run_tool(TOOL, trained / 'tiny.py', trained / 'work/epoch_2.pth',
             glints_root / 'val.txt', '--batch-size', 2, '--batches', 3,
             '--out', tmp_path / 'a', '--rows-per-file', 50)
    record = json.loads((tmp_path / 'a.json').read_text())
    for stage in ('read the file', 'decode, crop', 'batch', 'network'):
        assert len(record['seconds'][stage]) == 3
    frames = record['bytes']['decode, crop']
    assert all(size % (3 * 32 * 32 / 2) == 0 for size in frames)
    files = sorted(file.stat().st_size
                   for file in (glints_root / 'videos').iterdir())
    assert files[0] <= record['bytes']['read the file'][0] <= files[-1]
    table = (tmp_path / 'a.md').read_text()
    assert '1,000,000,000' in table and 'network' in table
    assert table in capsys.readouterr().out


def test_broken_video(trained, glints_root, tmp_path):
    (tmp_path / 'text.mp4').write_text('no video')
    (tmp_path / 'list.txt').write_text(str(tmp_path / 'text.mp4'))
    with pytest.raises(SystemExit, match='text.mp4: '):
        run_tool(TOOL, trained / 'tiny.py', trained / 'work/epoch_2.pth',
                 tmp_path / 'list.txt', '--batches', 1)
