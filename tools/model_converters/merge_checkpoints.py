"""Merge two networks' checkpoints into one checkpoint of S2DNet."""

import argparse
import os

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import save_checkpoint, set_random_seed


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='What the files do not hold (the sampler, fusions, '
        'classifiers of another number of classes) is initialised as in '
        'training. Use the result with load_from in a config, or test it.')
    parser.add_argument('config', help='config of an S2DNet')
    parser.add_argument(
        '--snet', help="file or URL of the synopsis net; the config's if not")
    parser.add_argument(
        '--dnet', help="file or URL of the detail net; the config's if not")
    parser.add_argument('--out', required=True, help='checkpoint to write')
    parser.add_argument(
        '--allow-missing',
        nargs='+',
        metavar='REGEX',
        help='entries that the files given here may lack')
    parser.add_argument(
        '--no-classifiers',
        action='store_true',
        help='leave the classifiers new even where the class count agrees')
    parser.add_argument(
        '--seed', type=int, default=0, help='of what is initialised')
    parser.add_argument(
        '--force', action='store_true', help='overwrite --out')
    return parser.parse_args()


def set_file(net, checkpoint, args):
    """Let a net of the config start from ``checkpoint``."""
    init_cfg = dict(type='Pretrained', checkpoint=checkpoint)
    if args.allow_missing:
        init_cfg['allow_missing'] = args.allow_missing
    if args.no_classifiers:
        init_cfg['classifier'] = False
    net.init_cfg = init_cfg


def main():
    args = parse_args()
    if os.path.exists(args.out) and not args.force:
        raise SystemExit(f'--out: got {args.out!r}, which is there, expected '
                         'a new file. Choose another name or add --force.')
    cfg = Config.fromfile(args.config)
    if cfg.model.type != 'S2DNet':
        raise SystemExit(f'config: got a model of type {cfg.model.type}, '
                         'expected S2DNet. Choose a config of both nets.')
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    for net, checkpoint in (('snet', args.snet), ('dnet', args.dnet)):
        if checkpoint is not None:
            set_file(cfg.model[net], checkpoint, args)
        elif cfg.model[net].get('init_cfg') is None:
            raise SystemExit(f'--{net}: got none, and the config names none, '
                             f'expected a checkpoint. Give --{net} FILE.')
    set_random_seed(args.seed)
    model = MODELS.build(cfg.model)
    model.init_weights()
    files = {
        net: getattr(model, net).pretrained.checkpoint
        for net in ('snet', 'dnet')
    }
    save_checkpoint(
        dict(meta=dict(merged_from=files), state_dict=model.state_dict()),
        args.out)
    print(f'{args.out}: {files["snet"]} and {files["dnet"]}')


if __name__ == '__main__':
    main()
