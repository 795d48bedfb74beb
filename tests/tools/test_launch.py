"""The launch scripts, and mim."""

import os
import sys

import pytest

from tests.support.command_line import call, logged, metrics_of
from tests.support.glints import QUICKSTART, ROOT, free_port

FOLDER = os.path.dirname(sys.executable)


@pytest.mark.slow
def test_mim_from_the_checkout(trained, tmp_path):
    """mim test repeats the last validation of mim train exactly."""
    for arguments in (
        ('train', 's2dnet_mmaction', trained / 'tiny.py', '--work-dir',
         tmp_path / 'train'),
        ('test', 's2dnet_mmaction', trained / 'tiny.py', '--checkpoint',
         tmp_path / 'train/epoch_2.pth', '--work-dir', tmp_path / 'test')):
        done = call(os.path.join(FOLDER, 'mim'), *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    last = logged(tmp_path / 'train')[-1]
    tested = metrics_of(tmp_path / 'test')
    for name in ('acc/top1', 'acc/synopsis_top1', 'acc/topk_recall'):
        assert tested[name] == last[name], name


def launch(script, *arguments):
    """Two processes on the CPU."""
    done = call('bash', ROOT / 'tools' / script, *arguments,
                PATH=f'{FOLDER}:{os.environ["PATH"]}', PORT=free_port())
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_distributed_test(trained, tmp_path):
    """Two processes give what one gives."""
    launch('dist_test.sh', trained / 'tiny.py', trained / 'work/epoch_2.pth',
           2, '--work-dir', tmp_path)
    last = logged(trained / 'work')[-1]
    assert metrics_of(tmp_path)['acc/top1'] == last['acc/top1']


@pytest.mark.slow
def test_distributed_train(trained, tmp_path):
    launch('dist_train.sh', trained / 'tiny.py', 2, '--work-dir', tmp_path)
    assert (tmp_path / 'epoch_2.pth').is_file()


@pytest.mark.parametrize(
    'script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh'])
def test_missing_arguments(script):
    done = call('bash', ROOT / 'tools' / script)
    assert done.returncode != 0
    assert f'usage: {script}' in done.stderr


def test_slurm_command(tmp_path):
    """A script in place of srun prints what slurm is asked for."""
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    done = call('bash', ROOT / 'tools/slurm_train.sh', 'part', 'job',
                QUICKSTART, '--amp', PATH=f'{tmp_path}:{os.environ["PATH"]}',
                GPUS='16')
    assert done.returncode == 0, done.stderr
    for expected in ('-p part', '--job-name=job', '--ntasks=16',
                     '--gres=gpu:8', '--launcher=slurm --amp', QUICKSTART):
        assert expected in done.stdout
