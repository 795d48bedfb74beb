"""Merge two networks' checkpoints into one checkpoint of S2DNet."""

import argparse
import os

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import save_checkpoint, set_random_seed

from s2dnet_mmaction.analysis.configs import find_config


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='What the files do not hold (the sampler, fusions, '
        'classifiers of another number of classes) is initialised as in '
        'training. Test the result, or start from it: --cfg-options '
        'load_from=OUT model.snet.init_cfg=None model.dnet.init_cfg=None '
        '(without the last two the files of the config are read first).')
    parser.add_argument(
        'config', help='config of an S2DNet, a path or a basename')
    for net, words in (('snet', 'synopsis'), ('dnet', 'detail')):
        parser.add_argument(
            f'--{net}',
            help=f"file or URL of the {words} net; the config's if not given")
        parser.add_argument(
            f'--{net}-prefix',
            help='where the net lies in that file, e.g. backbone.backbone in '
            f'one of S2DNetBranch, {net}.backbone in one of S2DNet')
    parser.add_argument('--out', required=True, help='checkpoint to write')
    parser.add_argument(
        '--allow-missing',
        nargs='+',
        metavar='REGEX',
        help='entries that the files may lack')
    parser.add_argument(
        '--no-classifiers',
        action='store_true',
        help='leave the classifiers new even where the class count agrees')
    parser.add_argument(
        '--seed', type=int, default=0, help='of what is initialised')
    parser.add_argument(
        '--force', action='store_true', help='overwrite --out')
    return parser.parse_args()


def file_of(net, model, args):
    """``init_cfg`` of a net: the config's, and what the command line says."""
    init_cfg = model[net].get('init_cfg') or {}
    init_cfg = dict(init_cfg) if (isinstance(init_cfg, dict) and init_cfg.get(
        'type') == 'Pretrained') else dict(type='Pretrained')
    if getattr(args, net) is not None:
        init_cfg['checkpoint'] = getattr(args, net)
    if 'checkpoint' not in init_cfg:
        raise SystemExit(f'--{net}: got none, and the config names none, '
                         f'expected a checkpoint. Give --{net} FILE.')
    prefix = getattr(args, f'{net}_prefix')
    if prefix is not None:
        init_cfg['prefix'] = prefix
    if args.allow_missing:
        init_cfg['allow_missing'] = args.allow_missing
    if args.no_classifiers:
        init_cfg['classifier'] = False
    return init_cfg


def main():
    args = parse_args()
    if os.path.exists(args.out) and not args.force:
        raise SystemExit(f'--out: got {args.out!r}, which is there, expected '
                         'a new file. Choose another name or add --force.')
    cfg = Config.fromfile(find_config(args.config))
    if cfg.model.type != 'S2DNet':
        raise SystemExit(f'config: got a model of type {cfg.model.type}, '
                         'expected S2DNet. Choose a config of both nets.')
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    files = {}
    for net in ('snet', 'dnet'):
        cfg.model[net].init_cfg = file_of(net, cfg.model, args)
        files[net] = cfg.model[net].init_cfg['checkpoint']
    set_random_seed(args.seed)
    model = MODELS.build(cfg.model)
    model.init_weights()
    save_checkpoint(
        dict(meta=dict(merged_from=files), state_dict=model.state_dict()),
        args.out)
    print(f'{args.out}: {files["snet"]} and {files["dnet"]}')


if __name__ == '__main__':
    main()
