"""A rank of test_distributed: train an AFNet, save the weights of each step.
"""

import sys

import torch
from mmengine.config import Config

from s2dnet_mmaction._compat import prepare_cpu_launch
from tests.support import afnet


def main():
    work_dir = sys.argv[1]
    cfg = dict(launcher='pytorch', env_cfg=dict(dist_cfg=dict(backend='nccl')))
    cfg = Config(cfg)
    prepare_cpu_launch(cfg)
    torch.set_num_threads(1)
    runner = afnet.runner(
        work_dir, [dict(type='AFScheduleHook', end_epoch=2, ratio_begin=1,
                        ratio_end=2)], epochs=2, videos=8,
        launcher=cfg.launcher, env_cfg=cfg.env_cfg, cfg=cfg,
        # A different seed on every rank: only DDP can make the ranks agree.
        randomness=dict(seed=0, diff_rank_seed=True))
    steps = []

    def record(*args, **kwargs):
        module = runner.model.module
        steps.append(dict(
            state=(module.backbone.gate.temperature,
                   module.keep_ratio.target_now),
            weights={name: parameter.detach().clone() for name, parameter
                     in module.named_parameters()}))

    runner.hooks[-1].after_train_iter = record
    runner.train()
    torch.save(steps, f'{work_dir}/rank_{runner.rank}.pth')


if __name__ == '__main__':
    main()
