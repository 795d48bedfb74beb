"""The report about predictions, from the command line."""

import re
import shutil
from urllib.parse import unquote

import pytest
import torch
from mmengine.fileio import dump, load

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
    """Of a video that was spoiled; its name is not that of an address."""
    samples = load(predictions)
    spoiled = next(i for i, sample in enumerate(samples)
                   if int(sample['pred_label']) != int(sample['gt_label']))
    label = int(samples[spoiled]['gt_label'])
    samples[spoiled]['synopsis_score'] = torch.eye(6)[label]
    dump(samples, tmp_path / 'a.pkl')
    lines = (glints_root / 'val.txt').read_text().splitlines()
    for i, line in enumerate(lines):
        video = line.split()[0]
        odd = f'videos/#{i}% "b".mp4'
        (tmp_path / odd).parent.mkdir(exist_ok=True)
        shutil.copy(glints_root / video, tmp_path / odd)
        lines[i] = f'{odd} {line.split()[1]}'
    (tmp_path / 'val.txt').write_text('\n'.join(lines))
    out = tmp_path / 'out'
    call_tool(TOOL, trained / 'tiny.py', tmp_path / 'a.pkl', '--out-dir', out,
              '--checkpoint', trained / 'work/epoch_2.pth', '--num-pages', 1,
              '--classes', glints_root / 'classes.txt', '--cfg-options',
              f'test_dataloader.dataset.data_root={tmp_path}')
    page = (out / 'report.html').read_text()
    assert '<dt>videos</dt><dd>12</dd>' in page
    links = re.findall('href="(videos/[^"]*)"', page)
    assert f'videos/{spoiled:05d}_%23{spoiled}%25%20%22b%22.html' in links
    assert {unquote(link) for link in links} == {
        f'videos/{path.name}' for path in (out / 'videos').iterdir()}
    names = (glints_root / 'classes.txt').read_text().splitlines()
    assert f'<td>{names[label]}</td>' in page


def test_other_data(trained, predictions, glints_root):
    with pytest.raises(ValueError, match='predictions: got 12 videos in'):
        run_tool(TOOL, trained / 'tiny.py', predictions, '--cfg-options',
                 'test_dataloader.dataset.ann_file=train.txt')
