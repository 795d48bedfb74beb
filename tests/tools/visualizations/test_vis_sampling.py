"""Pictures of sampling from the command line."""

import sys

import pytest

from tests.support.command_line import call
from tests.support.glints import ROOT


def test_pictures(trained, tmp_path, glints_root):
    done = call(sys.executable, ROOT / 'tools/visualizations/vis_sampling.py',
                trained / 'tiny.py', trained / 'work/epoch_2.pth',
                '--num-samples', 2, '--out-dir', tmp_path / 'set',
                '--classes', glints_root / 'classes.txt')
    assert done.returncode == 0, done.stderr[-3000:]
    names = sorted(path.name for path in (tmp_path / 'set').iterdir())
    assert names == ['00000_00024.png', '00006_00030.png']
    video = glints_root / 'videos/00030.mp4'
    done = call(sys.executable, ROOT / 'tools/visualizations/vis_sampling.py',
                trained / 'tiny.py', trained / 'work/epoch_2.pth',
                '--videos', video, '--out-dir', tmp_path / 'files')
    assert done.returncode == 0, done.stderr[-3000:]
    assert [p.name for p in (tmp_path / 'files').iterdir()
            ] == ['00000_00030.png']


@pytest.mark.parametrize('arguments, message', [
    (('--videos', 'missing.mp4'), 'videos: got missing.mp4'),
    (('--num-samples', '0'), 'num_samples: got 0'),
])
def test_pictures_of_nothing(trained, arguments, message):
    done = call(sys.executable, ROOT / 'tools/visualizations/vis_sampling.py',
                trained / 'tiny.py', trained / 'work/epoch_2.pth', *arguments)
    assert done.returncode != 0
    assert message in done.stderr
