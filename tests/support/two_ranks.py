"""Two processes (gloo)."""

import os
import subprocess
import sys

import torch

from tests.support.glints import ROOT, free_port


def launch(*arguments, **options):
    return subprocess.run(
        [
            sys.executable, '-m', 'torch.distributed.run',
            '--nproc_per_node=2', f'--master_port={free_port()}', *arguments
        ],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'),
        capture_output=True,
        text=True,
        **options)


def train_on_two_ranks(cfg, steps):
    """Weights after the first and the last step, the same on both ranks."""
    cfg.train_dataloader.batch_size = 1  # 6 videos
    os.makedirs(cfg.work_dir, exist_ok=True)
    path = f'{cfg.work_dir}/launched.py'
    cfg.dump(path)
    done = launch('-m', 'tests.support.sampler_worker', path)
    assert done.returncode == 0, done.stderr[-3000:]
    ranks = [torch.load(f'{cfg.work_dir}/rank_{rank}.pth', weights_only=True)
             for rank in range(2)]
    assert len(ranks[0]) == steps
    for one, other in zip(*ranks, strict=True):
        for name, value in one.items():
            if 'running' not in name:  # norms count the videos of a rank
                assert torch.equal(value, other[name]), name
    first, last = ranks[0][0], ranks[0][-1]
    for name, value in last.items():
        if name.startswith('recognizer.'):
            assert torch.equal(value, first[name]), name
    return first, last
