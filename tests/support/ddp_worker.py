"""One rank of test_distributed: train both stages, save all weights."""

import sys

import torch
from mmengine.runner import Runner

from s2dnet_mmaction._compat import prepare_cpu_launch
from tests.support import glints, tiny


def main():
    data_root, work_dir, locator = sys.argv[1:4]
    cfg = glints.config(data_root, work_dir, max_epochs=2, switch_epoch=1,
                        neck=dict(locator=dict(type=locator)))
    for loader in ('train_dataloader', 'val_dataloader'):
        cfg[loader].batch_size = 4
    cfg.launcher = 'pytorch'
    # A different seed on every rank: only DDP can make the ranks agree.
    cfg.randomness = dict(seed=0, diff_rank_seed=True)
    prepare_cpu_launch(cfg)
    torch.set_num_threads(1)
    runner = Runner.from_cfg(cfg)
    # Zeros would keep other weights of a locator still for one step.
    tiny.open_up(runner.model.module)
    stages = []

    def record(*args, **kwargs):
        module = runner.model.module
        stages.append(
            dict(
                live=module.neck.live,
                parameters={
                    name: p.detach().clone()
                    for name, p in module.named_parameters()
                }))

    runner.hooks[-1].after_train_iter = record
    runner.train()
    torch.save(stages, f'{work_dir}/rank_{runner.rank}.pth')


if __name__ == '__main__':
    main()
