"""Merge the checkpoints of two networks into one of an S2DNet."""

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
        epilog='Weights that the files lack (the sampler, fusions, '
        'classifiers of another number of classes) are initialised as in '
        'training. Test the result, or train from it: --cfg-options '
        'load_from=OUT model.snet.init_cfg=None model.dnet.init_cfg=None '
        '(without the last two, training reads the files of the config '
        'first).')
    parser.add_argument(
        'config', help='config of an S2DNet, a path or a basename')
    for net, words in (('snet', 'synopsis'), ('dnet', 'detail')):
        parser.add_argument(
            f'--{net}',
            help=f'file or URL of the {words} net; default: that of the '
            'config')
        parser.add_argument(
            f'--{net}-prefix',
            help='prefix of its weights in that file, e.g. '
            f'backbone.backbone for S2DNetBranch, {net}.backbone for S2DNet')
    parser.add_argument('--out', required=True, help='checkpoint to write')
    parser.add_argument(
        '--allow-missing', nargs='+', metavar='REGEX',
        help='entries that the files may lack')
    parser.add_argument(
        '--no-classifiers', action='store_true',
        help='initialise the classifiers even where the class count agrees')
    parser.add_argument(
        '--seed', type=int, default=0, help='of the initialisation')
    parser.add_argument(
        '--force', action='store_true', help='overwrite --out')
    return parser.parse_args()


def file_of(net, model, args):
    """``init_cfg`` of a net: the config's, changed by the command line."""
    init_cfg = dict(type='Pretrained')
    given = model[net].get('init_cfg')
    if isinstance(given, dict) and given.get('type') == 'Pretrained':
        init_cfg.update(given)
    options = dict(
        checkpoint=getattr(args, net),
        prefix=getattr(args, f'{net}_prefix'),
        allow_missing=args.allow_missing,
        classifier=False if args.no_classifiers else None)
    init_cfg.update({
        name: value for name, value in options.items() if value is not None
    })
    if 'checkpoint' not in init_cfg:
        raise SystemExit(f'--{net}: got none, and the config names none, '
                         f'expected a checkpoint. Give --{net} FILE.')
    return init_cfg


def main():
    args = parse_args()
    if os.path.exists(args.out) and not args.force:
        raise SystemExit(f'--out: got {args.out!r}, which exists, expected a '
                         'new file. Choose another name or add --force.')
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
