"""Test a model: the host's tools/test.py, also without a GPU."""

import argparse
import os
import os.path as osp

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from s2dnet_mmaction._compat import prepare_cpu_launch


def parse_args():
    parser = argparse.ArgumentParser(
        description='Test (and evaluate) an action recognizer')
    parser.add_argument('config', help='test config file path')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--work-dir', help='the dir to save the evaluation metrics')
    parser.add_argument(
        '--dump', type=str, help='pickle file for the predictions')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config: xxx=yyy pairs')
    parser.add_argument('--show-dir', help='dir for painted images')
    parser.add_argument(
        '--show', action='store_true', help='show the results in a window')
    parser.add_argument(
        '--interval', type=int, default=1, help='paint every n-th sample')
    parser.add_argument(
        '--wait-time', type=float, default=2, help='seconds per window')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def merge_args(cfg, args):
    """Merge the command line into the config, as the host does."""
    cfg.launcher = args.launcher
    cfg.load_from = args.checkpoint

    if args.show or args.show_dir is not None:
        if 'visualization' not in cfg.default_hooks:
            raise ValueError(
                '--show: got a config without default_hooks.visualization, '
                "expected a VisualizationHook. Add visualization=dict(type="
                "'VisualizationHook'), or draw what the network looked at "
                'with tools/visualizations/vis_sampling.py.')
        hook = cfg.default_hooks.visualization
        hook.update(
            enable=True,
            show=args.show,
            wait_time=args.wait_time,
            out_dir=args.show_dir,
            interval=args.interval)

    if args.dump is not None:
        if not args.dump.endswith(('.pkl', '.pickle')):
            raise ValueError(f'--dump: got {args.dump!r}, expected a file '
                             'ending in .pkl or .pickle. Rename it.')
        evaluators = cfg.test_evaluator
        if not isinstance(evaluators, (list, tuple)):
            evaluators = [evaluators]
        cfg.test_evaluator = [
            *evaluators,
            dict(type='DumpResults', out_file_path=args.dump)
        ]

    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)

    # command line > config > name of the config
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        name = osp.splitext(osp.basename(args.config))[0]
        cfg.work_dir = osp.join('./work_dirs', name)
    return cfg


def main():
    args = parse_args()
    cfg = merge_args(Config.fromfile(args.config), args)
    prepare_cpu_launch(cfg)
    Runner.from_cfg(cfg).test()


if __name__ == '__main__':
    main()
