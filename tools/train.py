"""Train an action recognizer: MMAction2's tools/train.py, also without a
GPU."""

import argparse

import openmp  # noqa: F401

# isort: split
# torch, which these import, reads the settings of OpenMP once.
from mmengine.config import Config
from mmengine.runner import Runner

from run_options import add_run_options, merge_run_options
from s2dnet_mmaction._compat import prepare_cpu_launch


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        type=str,
        const='auto',
        help='resume from this checkpoint; without a value, from the latest '
        'one in the work dir')
    parser.add_argument(
        '--amp', action='store_true', help='train with mixed precision')
    parser.add_argument(
        '--no-validate',
        action='store_true',
        help='do not validate while training')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the total batch size')
    parser.add_argument('--seed', type=int, help='random seed')
    parser.add_argument(
        '--diff-rank-seed',
        action='store_true',
        help='give every rank its own seed')
    parser.add_argument(
        '--deterministic',
        action='store_true',
        help='use deterministic algorithms of cuDNN')
    add_run_options(parser)
    return parser.parse_args()


def merge_args(cfg, args):
    """Merge the command line into the config."""
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None

    if args.amp:
        kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
        if kind not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise ValueError(
                f'--amp: got optim_wrapper.type={kind!r}, expected '
                'OptimWrapper or AmpOptimWrapper. Leave --amp out.')
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')

    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError(
                '--auto-scale-lr: got a config without auto_scale_lr, '
                'expected the batch size that its learning rate is for. Add '
                'auto_scale_lr = dict(enable=False, base_batch_size=...).')
        cfg.auto_scale_lr.enable = True

    cfg.randomness = cfg.get('randomness') or dict(seed=None)
    for name in ('seed', 'diff_rank_seed', 'deterministic'):
        value = getattr(args, name)
        if value is not None and value is not False:  # 0 is a seed
            cfg.randomness[name] = value
    merge_run_options(cfg, args)


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    merge_args(cfg, args)
    prepare_cpu_launch(cfg)
    Runner.from_cfg(cfg).train()


if __name__ == '__main__':
    main()
