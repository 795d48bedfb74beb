"""Bulk prediction from the command line, killed and started again."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

from s2dnet_mmaction.apis.bulk import predict
from tests.support.command_line import call, call_tool, kill_tree, run_tool
from tests.support.glints import ROOT, free_port

pytestmark = pytest.mark.slow


def arguments(trained, glints_root, out, *more):
    return [str(each) for each in (
        trained / 'tiny.py', trained / 'work/epoch_2.pth',
        *more, '--out', out, '--batch-size', 2, '--fields', 'scores',
        '--classes', glints_root / 'classes.txt',
        '--work-dir', out.parent / 'work')]


def results(out):
    table = pd.read_parquet(out / 'results').sort_values('index')
    return table.reset_index(drop=True)


def test_killed_and_started_again(trained, glints_root, tmp_path):
    """By two processes; the results are those of an undisturbed run."""
    plain = call_tool('predict.py', *arguments(
        trained, glints_root, tmp_path / 'plain', glints_root / 'videos'))
    assert '36 videos: 36 predicted' in plain and ', 0 broken' in plain
    out = tmp_path / 'out'
    command = ['bash', str(ROOT / 'tools/dist_predict.sh'), *arguments(
        trained, glints_root, out, glints_root / 'videos', 2,
        '--save-every', 0.01)]
    # the python of this environment, also where it is not active
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env={
            **os.environ, 'PYTHONPATH': str(ROOT), 'PATH': path,
            'PORT': free_port(), 'PYTHONWARNINGS': 'ignore'})
    end = time.monotonic() + 240
    while not list(out.glob('results/part-*.parquet')):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(.01)
    kill_tree(process)
    killed = results(out)
    assert 0 < len(killed) < 36
    assert list(out.glob('.store-*'))  # left behind
    done = call(*command, PORT=free_port(), PATH=path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert '36 videos: 36 predicted' in done.stdout
    assert done.stdout.count('predicted') == 1  # of the first process
    assert not list(out.glob('.store-*'))
    again, expected = results(out), results(tmp_path / 'plain')
    ranks = {file.stem.split('-')[2] for file in out.glob('results/*')}
    # Which process takes which video depends on the machine's load.
    assert ranks <= {'0', '1'}
    assert again['input'].is_unique
    for column in ('input', 'pred_label', 'pred_class'):
        assert again[column].equals(expected[column])
    for scores, others in zip(again['scores'], expected['scores']):
        assert scores == pytest.approx(others, abs=1e-6)
    names = (glints_root / 'classes.txt').read_text().splitlines()
    assert again['pred_class'].tolist() == [
        names[label] for label in again['pred_label']]


def test_broken_videos_are_named(trained, glints_root, tmp_path, capsys):
    lines = (glints_root / 'val.txt').read_text().splitlines()
    (tmp_path / 'list.txt').write_text(
        '\n'.join([*lines[:3], 'videos/missing.mp4 0']))
    run_tool('predict.py', *arguments(
        trained, glints_root, tmp_path / 'out', tmp_path / 'list.txt'),
        '--format', 'jsonl')
    text = capsys.readouterr().out
    assert '4 videos: 3 predicted' in text and '1 broken' in text
    assert 'missing.mp4: OSError: line 4 of' in text
    rows = pd.concat([pd.read_json(file, lines=True) for file in
                      (tmp_path / 'out/results').iterdir()])
    assert sorted(rows['label']) == sorted(
        int(line.split()[1]) for line in lines[:3])


@pytest.mark.parametrize('options, error, match', [
    (['--engine', 'ray', '--launcher', 'pytorch'], ValueError,
     'Remove --launcher'),
    (['--fields', 'maps'], ValueError, "fields: got 'maps'"),
    (['--save-every', '0'], ValueError, 'save_every'),
    (['--give-up-after', '0'], ValueError, 'give_up_after: got 0'),
    (['--num-networks', '2'], ValueError,
     "num_networks: got 2, expected none with engine 'local'"),
    (['--engine', 'ray', '--device', 'cuda:1'], ValueError,
     "device: got 'cuda:1', expected 'cpu' or 'cuda' with Ray"),
])
def test_bad_options(trained, glints_root, tmp_path, options, error, match):
    with pytest.raises(error, match=match):
        run_tool('predict.py', *arguments(
            trained, glints_root, tmp_path / 'out', glints_root / 'val.txt'),
            *options)


@pytest.mark.parametrize('options, expected', [
    ([], 'cuda:3'), (['--engine', 'ray'], 'cuda'), (['--device', 'cpu'], 'cpu')
])
def test_device(trained, glints_root, tmp_path, monkeypatch, options,
                expected):
    """Of several processes each has the GPU that the launcher gave it."""
    found = []
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'current_device', lambda: 3)
    monkeypatch.setattr(
        predict, 'predict_videos',
        lambda *_, device, **__: found.append(device))
    run_tool('predict.py', *arguments(
        trained, glints_root, tmp_path / 'out', glints_root / 'val.txt'),
        *options)
    assert found == [expected]
