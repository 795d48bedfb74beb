"""The launch scripts and mim."""

import json
import os
import sys

from tests.support.command_line import call, metrics_of
from tests.support.glints import QUICKSTART, ROOT, free_port


def test_mim_from_the_checkout(trained, tmp_path):
    """The documented route after tools/install.sh; mim test repeats the
    last validation of the mim train to the last digit."""
    mim = os.path.join(os.path.dirname(sys.executable), 'mim')
    for arguments in (
        ('train', 's2dnet_mmaction', trained / 'tiny.py', '--work-dir',
         tmp_path / 'train'),
        ('test', 's2dnet_mmaction', trained / 'tiny.py', '--checkpoint',
         tmp_path / 'train/epoch_2.pth', '--work-dir', tmp_path / 'test')):
        done = call(mim, *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    scalars = next((tmp_path / 'train').glob('*/vis_data/scalars.json'))
    last = json.loads(scalars.read_text().splitlines()[-1])
    tested = metrics_of(tmp_path / 'test')
    for name in ('acc/top1', 'acc/synopsis_top1', 'acc/topk_recall'):
        assert tested[name] == last[name], name


def test_distributed_test(trained, tmp_path):
    """Two processes on the CPU give what one gives."""
    done = call('bash', ROOT / 'tools/dist_test.sh', trained / 'tiny.py',
                trained / 'work/epoch_2.pth', 2, '--work-dir', tmp_path,
                PATH=f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
                PORT=free_port(), OMP_NUM_THREADS='1')
    assert done.returncode == 0, done.stderr[-3000:]
    scalars = next((trained / 'work').glob('*/vis_data/scalars.json'))
    last = json.loads(scalars.read_text().splitlines()[-1])
    assert metrics_of(tmp_path)['acc/top1'] == last['acc/top1']


def test_distributed_train(trained, tmp_path):
    done = call('bash', ROOT / 'tools/dist_train.sh', trained / 'tiny.py', 2,
                '--work-dir', tmp_path,
                PATH=f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
                PORT=free_port(), OMP_NUM_THREADS='1')
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / 'epoch_2.pth').is_file()


def test_missing_arguments_of_the_launch_scripts():
    for script in ('dist_train.sh', 'dist_test.sh', 'slurm_train.sh'):
        done = call('bash', ROOT / 'tools' / script)
        assert done.returncode != 0
        assert f'usage: {script}' in done.stderr


def test_slurm_command(tmp_path):
    """A stand-in srun shows what slurm would be asked for."""
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
