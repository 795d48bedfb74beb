"""A rank of test_distributed: train a sampler, save the weights of each step.
"""

import sys

import torch
from mmengine.runner import Runner

from s2dnet_mmaction._compat import prepare_cpu_launch
from tests.support import haystack


def main():
    data, work_dir = sys.argv[1:]
    cfg = haystack.config(
        haystack.SAMPLER.format('ac'), data, work_dir, launcher='pytorch',
        # A different seed on every rank: only DDP can make the ranks agree.
        randomness=dict(seed=0, diff_rank_seed=True))
    del cfg.model.recognizer['init_cfg']
    cfg.train_dataloader.batch_size = 1
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    prepare_cpu_launch(cfg)
    torch.set_num_threads(1)
    runner = Runner.from_cfg(cfg)
    steps = []

    def record(*args, **kwargs):
        steps.append({name: value.detach().clone() for name, value
                      in runner.model.module.state_dict().items()})

    runner.hooks[-1].after_train_iter = record
    runner.train()
    torch.save(steps, f'{work_dir}/rank_{runner.rank}.pth')


if __name__ == '__main__':
    main()
