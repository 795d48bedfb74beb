"""Pictures of sampling from the command line."""

import pytest

from tests.support.command_line import call_tool, run_tool

pytestmark = pytest.mark.slow

TOOL = 'visualizations/vis_sampling.py'


def test_pictures(trained, tmp_path, glints_root):
    run = (trained / 'tiny.py', trained / 'work/epoch_2.pth')
    call_tool(TOOL, *run, '--num-samples', 2, '--out-dir', tmp_path / 'set',
              '--classes', glints_root / 'classes.txt')
    names = sorted(path.name for path in (tmp_path / 'set').iterdir())
    assert names == [f'{video}.{kind}'
                     for video in ('00000_00024', '00006_00030')
                     for kind in ('html', 'mp4', 'png')]
    run_tool(TOOL, *run, '--videos', glints_root / 'videos/00030.mp4',
             '--out-dir', tmp_path / 'files', '--formats', 'png')
    picture, = (tmp_path / 'files').iterdir()
    assert picture.name == '00000_00030.png'


@pytest.mark.parametrize('arguments, error, message', [
    (('--videos', 'missing.mp4'), FileNotFoundError, 'got missing.mp4'),
    (('--num-samples', 0), ValueError, 'num_samples: got 0'),
])
def test_pictures_of_nothing(trained, arguments, error, message):
    with pytest.raises(error, match=message):
        run_tool(TOOL, trained / 'tiny.py', trained / 'work/epoch_2.pth',
                 *arguments)
