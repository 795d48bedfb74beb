"""Options that training and testing have in common, as in MMAction2."""

import os
import os.path as osp

from mmengine.config import DictAction


def add_run_options(parser):
    """Add --work-dir, --cfg-options, --launcher and --local_rank."""
    parser.add_argument('--work-dir', help='folder for logs and results')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config: xxx=yyy pairs, e.g. '
        'model.cls_head.k=3 or key="[(a,b),(c,d)]" (no white space)')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def merge_run_options(cfg, args):
    """Merge these options into the config; call it after all others."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg.launcher = args.launcher
    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)
    # command line > config > name of the config
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        name = osp.splitext(osp.basename(args.config))[0]
        cfg.work_dir = osp.join('./work_dirs', name)
