"""The report about predictions, from the command line."""

import pytest

from tests.support.command_line import call_tool, run_tool

pytestmark = pytest.mark.slow

TOOL = 'analysis_tools/report_predictions.py'


@pytest.fixture(scope='module')
def predictions(trained, tmp_path_factory):
    file = tmp_path_factory.mktemp('predictions') / 'a.pkl'
    run_tool('test.py', trained / 'tiny.py', trained / 'work/epoch_2.pth',
             '--dump', file, '--work-dir', file.parent / 'work')
    return file


def test_report_with_pages(trained, predictions, tmp_path, glints_root):
    config = trained / 'tiny.py'
    call_tool(TOOL, config, predictions, '--out-dir', tmp_path, '--checkpoint',
              trained / 'work/epoch_2.pth', '--num-pages', 1, '--classes',
              glints_root / 'classes.txt')
    page = (tmp_path / 'report.html').read_text()
    assert '<dt>videos</dt><dd>12</dd>' in page
    for file in (tmp_path / 'videos').iterdir():
        assert f'href="videos/{file.name}"' in page
    assert page.count('href="videos/') == len(
        list((tmp_path / 'videos').iterdir()))


def test_other_data(trained, predictions, glints_root):
    with pytest.raises(ValueError, match='predictions: got 12 videos in'):
        run_tool(TOOL, trained / 'tiny.py', predictions, '--cfg-options',
                 'test_dataloader.dataset.ann_file=train.txt')
