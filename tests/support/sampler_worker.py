"""A rank of a test: train by a config, save the weights of each step."""

import sys

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from s2dnet_mmaction._compat import prepare_cpu_launch


def main():
    cfg = Config.fromfile(sys.argv[1])
    cfg.merge_from_dict(dict(
        launcher='pytorch', val_cfg=None, val_dataloader=None,
        val_evaluator=None,
        # A different seed on every rank: only DDP can make the ranks agree.
        randomness=dict(seed=0, diff_rank_seed=True)))
    prepare_cpu_launch(cfg)
    torch.set_num_threads(1)
    runner = Runner.from_cfg(cfg)
    steps = []

    def record(*args, **kwargs):
        steps.append({name: value.detach().clone() for name, value
                      in runner.model.module.state_dict().items()})

    runner.hooks[-1].after_train_iter = record
    runner.train()
    torch.save(steps, f'{cfg.work_dir}/rank_{runner.rank}.pth')


if __name__ == '__main__':
    main()
