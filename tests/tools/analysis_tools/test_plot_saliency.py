"""Curves and correlations of the results of other tools."""

import pandas as pd
import pytest

from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder
from tests.support.command_line import run_tool

TOOL = 'analysis_tools/plot_saliency.py'
VIDEOS = [dict(input=f'{n}.mp4', label=[n % 2], clip_starts=[0, 4, 8, 12],
               prototype=[0, 1., .5, 0], response=[1., 0, 0, 0])
          for n in range(4)]


@pytest.fixture
def folders(tmp_path):
    with PartWriter(ResultFolder(tmp_path / 'guiding', dict(
            input='text', label='list<int>', clip_starts='list<int>',
            prototype='list<float>', response='list<float>'))) as writer:
        writer.add(VIDEOS)
    for name, values in (('good', [.2, .9, .6, .2]), ('flat', [.5, .5])):
        with PartWriter(ResultFolder(tmp_path / name, dict(
                input='text', saliency_fs='list<float>'))) as writer:
            writer.add([dict(input=video['input'], saliency_fs=values)
                        for video in VIDEOS])
    return tmp_path


def test_report(folders, capsys):
    run_tool(TOOL, folders / 'guiding', '--saliency',
             f'ours={folders}/good:fs', f'flat={folders}/flat:fs', '--out',
             folders / 'new/curves')
    table = pd.read_csv(folders / 'new/curves.csv')
    assert table['class'].tolist() == ['class 0', 'class 1']
    assert table['videos'].tolist() == [2, 2]
    assert table['ours'].min() > .99
    assert table['flat'].tolist() == [0, 0]
    assert (folders / 'new/curves.png').exists()
    assert 'ours' in capsys.readouterr().out


def test_bad_classes(folders):
    saliency = f'ours={folders}/good:fs'
    (folders / 'names.txt').write_text('one\n')
    for options, message in (
            (['--labels', 5], r'--labels: got \[5\], expected some of'),
            (['--classes', folders / 'names.txt'],
             '--classes: got 1 names, expected at least 2')):
        with pytest.raises(ValueError, match=message):
            run_tool(TOOL, folders / 'guiding', '--saliency', saliency,
                     *options)


@pytest.mark.parametrize('option, message', [
    ('ours', "--saliency: got 'ours', expected NAME=FOLDER:SCORE"),
    ('ours={}/good:vg', r"columns of .*: got no \['saliency_vg'\]")])
def test_bad_options(folders, option, message):
    with pytest.raises(ValueError, match=message):
        run_tool(TOOL, folders / 'guiding', '--saliency',
                 option.format(folders))
