"""Predict for many videos: a folder, a list of paths, or an annotation file.

Results appear in OUT/results while it runs. Called again after an
interruption it goes on; videos that cannot be read are listed in OUT/broken.
Several GPUs of a machine: tools/dist_predict.sh; several machines: --engine
ray."""

import argparse

import openmp  # noqa: F401

# isort: split
# torch, which these import, reads the settings of OpenMP once.
import torch
from mmengine.config import Config
from mmengine.dist import init_dist, is_distributed
from mmengine.fileio import list_from_file
from mmengine.utils.dl_utils import set_multi_processing

from run_options import add_run_options, merge_run_options
from s2dnet_mmaction._checks import require
from s2dnet_mmaction._compat import prepare_cpu_launch
from s2dnet_mmaction.apis.bulk.predict import (
    ENGINES,
    GIVE_UP_AFTER,
    predict_videos,
)
from s2dnet_mmaction.apis.bulk.results import FORMATS


def parse_args(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        'source', help='folder with videos; text file with a path on each '
        "line; or annotation file of the config's test data set")
    parser.add_argument('--out', required=True, help='folder of the results')
    parser.add_argument('--format', choices=FORMATS, default=FORMATS[0])
    parser.add_argument(
        '--fields', nargs='+', default=[], metavar='FIELD',
        help='more columns: scores, feature; of an S2DNet also '
        'synopsis_scores, grid, heatmaps')
    parser.add_argument(
        '--classes', help='text file with one class name per line; default: '
        'those that the checkpoint holds')
    parser.add_argument(
        '--device', help='default: the GPU of this process, or cpu; with '
        '--engine ray cpu or cuda')
    parser.add_argument(
        '--amp', action='store_true', help='half precision (autocast)')
    parser.add_argument(
        '--batch-size', type=int, help="default: test_dataloader's")
    parser.add_argument(
        '--num-workers', type=int, help='processes that decode, of each '
        "process of the launcher; default: test_dataloader's")
    parser.add_argument(
        '--save-every', type=float, default=30.0, metavar='SECONDS',
        help='how often results are written; what is newer is lost if the '
        'process dies, and predicted again (default: 30)')
    parser.add_argument(
        '--retry-broken', action='store_true',
        help='read the videos again that could not be read')
    parser.add_argument(
        '--give-up-after', type=int, default=GIVE_UP_AFTER, metavar='VIDEOS',
        help='end when so many in a row, of one process, cannot be read '
        f'(default: {GIVE_UP_AFTER})')
    parser.add_argument(
        '--engine', choices=ENGINES, default=ENGINES[0],
        help='ray: on a Ray cluster (pip install s2dnet_mmaction[ray])')
    ray = parser.add_argument_group('of --engine ray')
    ray.add_argument(
        '--num-networks', type=int,
        help='actors that hold the network (default: 1)')
    ray.add_argument(
        '--address', help='of the cluster; default: RAY_ADDRESS, or a new '
        'one on this machine')
    add_run_options(parser)
    return parser.parse_args()


def own_device(engine):
    """The GPU of this process. Ray chooses those of its actors."""
    if not torch.cuda.is_available():
        return 'cpu'
    if engine == 'ray':
        return 'cuda'
    # init_dist has set it, of each process another one
    return f'cuda:{torch.cuda.current_device()}'


def main(description=__doc__, change=None, fields=()):
    """Run the tool; others change the config, or keep more fields."""
    args = parse_args(description)
    cfg = Config.fromfile(args.config)
    merge_run_options(cfg, args)
    if change is not None:
        change(cfg)
    require(args.engine == 'local' or args.launcher == 'none', 'launcher',
            f'{args.launcher} with --engine ray', 'none: Ray starts the '
            'processes', 'Remove --launcher.')
    if cfg.launcher != 'none':
        prepare_cpu_launch(cfg)
        if not is_distributed():
            init_dist(cfg.launcher)
    set_multi_processing(**cfg.get('env_cfg', {}).get('mp_cfg', {}),
                         distributed=cfg.launcher != 'none')
    summary = predict_videos(
        cfg, args.checkpoint, args.source, args.out, file_format=args.format,
        fields=[*fields, *args.fields],
        device=args.device or own_device(args.engine),
        amp=args.amp,
        classes=args.classes and list_from_file(args.classes),
        batch_size=args.batch_size, num_workers=args.num_workers,
        save_every=args.save_every, retry_broken=args.retry_broken,
        give_up_after=args.give_up_after, engine=args.engine,
        num_networks=args.num_networks, address=args.address)
    if summary is not None:
        print(f'{summary.videos} videos: {summary.predicted} predicted '
              f'({args.out}/results), {len(summary.broken)} broken'
              + (f' ({args.out}/broken)' if summary.broken else ''))
        for row in summary.broken[:5]:
            print(f'  {row["input"]}: {row["reason"]}')
        if not summary.predicted:
            raise SystemExit(1)


if __name__ == '__main__':
    main()
