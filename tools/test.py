"""Test an action recognizer: MMAction2's tools/test.py, also without a
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
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--dump', type=str, help='pickle file for the predictions')
    parser.add_argument('--show-dir', help='folder for painted images')
    parser.add_argument(
        '--show', action='store_true', help='show the results in a window')
    parser.add_argument(
        '--interval', type=int, default=1, help='paint every n-th sample')
    parser.add_argument(
        '--wait-time', type=float, default=2, help='seconds per window')
    add_run_options(parser)
    return parser.parse_args()


def merge_args(cfg, args):
    """Merge the command line into the config."""
    cfg.load_from = args.checkpoint

    if args.show or args.show_dir is not None:
        if 'visualization' not in cfg.default_hooks:
            raise ValueError(
                '--show: got a config without default_hooks.visualization, '
                "expected a VisualizationHook. Add visualization=dict(type="
                "'VisualizationHook'), or draw the sampled windows with "
                'tools/visualizations/vis_sampling.py.')
        cfg.default_hooks.visualization.update(
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
    merge_run_options(cfg, args)


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    merge_args(cfg, args)
    prepare_cpu_launch(cfg)
    Runner.from_cfg(cfg).test()


if __name__ == '__main__':
    main()
