"""Test an action recognizer: MMAction2's tools/test.py, also without a GPU,
with pictures of the sampling."""

import argparse

import openmp  # noqa: F401

# isort: split
# torch, which these import, reads the settings of OpenMP once.
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from run_options import add_run_options, merge_run_options
from s2dnet_mmaction._compat import prepare_cpu_launch
from s2dnet_mmaction.visualization.draw import draw


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--dump', type=str, help='pickle file for the predictions')
    parser.add_argument(
        '--show-dir',
        help='folder for pictures of 12 test videos with the sampled windows, '
        'as tools/visualizations/vis_sampling.py draws them')
    add_run_options(parser)
    return parser.parse_args()


def merge_args(cfg, args):
    """Merge the command line into the config."""
    cfg.load_from = args.checkpoint

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
    # MMAction2's VisualizationHook passes an argument that its visualizer
    # does not have.
    if args.show_dir is not None and is_main_process():
        draw(cfg, args.checkpoint, args.show_dir)


if __name__ == '__main__':
    main()
