"""An exit threshold for a budget, from the command line."""

import re

import pandas as pd
import pytest
import torch
from mmengine.fileio import dump, load

from tests.support.command_line import run_tool

pytestmark = pytest.mark.slow
TOOL = 'analysis_tools/choose_exit.py'


@pytest.fixture(scope='module')
def predictions(trained, tmp_path_factory):
    file = tmp_path_factory.mktemp('exit') / 'a.pkl'
    run_tool('test.py', trained / 'tiny.py', trained / 'work/epoch_2.pth',
             '--dump', file, '--work-dir', file.parent / 'work')
    return file


def test_the_threshold_ends_the_videos_it_says(trained, predictions, tmp_path,
                                               capsys):
    run_tool(TOOL, trained / 'tiny.py', predictions, '--budget', 1,
             '--out-dir', tmp_path / 'exit')
    assert 'threshold' in capsys.readouterr().out
    chosen = load(tmp_path / 'exit/exit.json')
    curve = pd.read_csv(tmp_path / 'exit/exit.csv')
    assert (tmp_path / 'exit/exit.png').exists()
    assert chosen['accuracy'] == curve['accuracy'].max()
    middle = curve.iloc[len(curve) // 2]  # some end, some do not
    assert 0 < middle.exited < 1
    run_tool('test.py', trained / 'tiny.py', trained / 'work/epoch_2.pth',
             '--dump', tmp_path / 'b.pkl', '--work-dir', tmp_path / 'work',
             '--cfg-options',
             f'model.test_cfg.exit_threshold={middle.threshold}')
    samples = load(tmp_path / 'b.pkl')
    assert sum(sample['exited'] for sample in samples) == round(
        middle.exited * len(samples))
    right = [int(sample['pred_label']) == int(sample['gt_label'])
             for sample in samples]
    assert sum(right) / len(right) == pytest.approx(middle.accuracy)
    for before, after in zip(load(predictions), samples):
        assert torch.equal(before['synopsis_score'], after['synopsis_score'])
    with pytest.raises(ValueError, match='Test again without exit_threshold'):
        run_tool(TOOL, trained / 'tiny.py', tmp_path / 'b.pkl', '--max-drop',
                 0.5)


def test_command_to_use_it(trained, predictions, tmp_path, capsys):
    run_tool(TOOL, trained / 'tiny.py', predictions, '--max-drop', 100,
             '--out-dir', tmp_path)
    out = capsys.readouterr().out
    assert re.search(r'--cfg-options model.test_cfg.exit_threshold=0.0$',
                     out.strip())
    assert re.search(r'chosen +threshold 0.0000 +exited 100.0 %', out)


def test_other_predictions(trained, predictions, tmp_path):
    samples = load(predictions)
    for sample in samples:
        del sample['synopsis_score']
    dump(samples, tmp_path / 'c.pkl')
    with pytest.raises(ValueError, match='no synopsis_score'):
        run_tool(TOOL, trained / 'tiny.py', tmp_path / 'c.pkl', '--budget', 1)
