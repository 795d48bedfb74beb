"""Compare the cost of recognizers: parameters, multiply-adds by part,
latency and memory, each with the input of its own test pipeline.

Configs of this package and of MMAction2 run side by side in one process.
Weights are random."""

import argparse
import dataclasses
from pathlib import Path

import mmengine
import numpy as np
import torch
from mmengine.config import DictAction

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.analysis.configs import PEERS, load_configs
from s2dnet_mmaction.analysis.cost import Options, measure
from s2dnet_mmaction.analysis.environment import hardware_name, save_json
from s2dnet_mmaction.analysis.figure import cost_figure
from s2dnet_mmaction.analysis.report import as_dict, check_baseline, markdown


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'configs', nargs='*', metavar='CONFIG',
        help='config files, or names of installed configs of this package '
        'or MMAction2; LABEL=CONFIG names one for the tables')
    parser.add_argument(
        '--peers', action='store_true',
        help=f'add configs of MMAction2: {", ".join(PEERS)}')
    parser.add_argument(
        '--baseline',
        help='label of the config to compare with; default: the first')
    parser.add_argument('--out', help='folder for cost.{json,md,png}')
    parser.add_argument(
        '--no-latency', dest='latency', action='store_false',
        help='count parameters and multiply-adds only')
    parser.add_argument(
        '--device', default='cuda:0' if torch.cuda.is_available() else 'cpu',
        help='cpu, or cuda:0 (default where there is one), ...')
    for flag, text in (('--batch-size', 'videos per test step'),
                       ('--rounds', 'each times every config once'),
                       ('--warmup', 'rounds before the timed ones'),
                       ('--threads', 'CPU threads of torch')):
        parser.add_argument(flag, type=int, help=text)
    parser.add_argument(
        '--frames', type=int, dest='num_frames',
        help='frames of the raw video')
    parser.add_argument(
        '--video-size', type=int, nargs=2, dest='size', metavar=('H', 'W'),
        help='height and width of the raw video in px')
    parser.add_argument(
        '--keep-ratio', type=float, nargs='+', default=[], metavar='R',
        help='of networks that skip frames: the cost at these shares of the '
        'frames, too')
    parser.add_argument(
        '--predictions', metavar='PKL',
        help='of a network that skips frames: the cost at the ratio of these '
        'predictions, which test.py --dump wrote with '
        'model.test_cfg.return_masks=True')
    parser.add_argument(
        '--crop', type=int, metavar='PX',
        help='cut the views of all configs to this height and width')
    for flag, text in (
            ('--amp', 'autocast to float16 (CUDA) or bfloat16 (CPU)'),
            ('--fuse-conv-bn',
             'fold batch norms into convolutions before timing'),
            ('--channels-last', 'channels-last memory layout of all weights')):
        parser.add_argument(flag, action='store_true', help=text)
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction,
        help='override settings of all configs: xxx=yyy pairs')
    for field in dataclasses.fields(Options):
        if field.name != 'device':  # which has a default of its own here
            parser.set_defaults(**{field.name: field.default})
    return parser.parse_args()


def keep_ratios(args):
    """Ratios by their names."""
    named = {}
    for ratio in args.keep_ratio:
        require(0 <= ratio <= 1, 'keep_ratio', ratio, 'a share from 0 to 1',
                'Correct it.')
        named[f'keep ratio {ratio:.2f}'] = ratio
    if args.predictions is not None:
        samples = mmengine.load(args.predictions)
        require(samples and 'keep_masks' in samples[0], args.predictions,
                'no keep_masks', 'those of an AFNet', 'Test it with '
                '--cfg-options model.test_cfg.return_masks=True.')
        blocks = np.mean([np.asarray(sample['keep_masks']).mean(1)
                          for sample in samples], axis=0)
        named[f'{blocks.mean():.2f}, of the predictions'] = blocks
    return named


def main():
    args = parse_args()
    ratios = keep_ratios(args)
    options = Options(**{field.name: getattr(args, field.name)
                         for field in dataclasses.fields(Options)})
    configs = load_configs(args.configs, args.peers, args.cfg_options)
    check_baseline(args.baseline, list(configs))
    out = None if args.out is None else Path(args.out)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)  # an error comes early
    costs = measure(configs, options)
    table = markdown(costs, options, args.baseline, ratios)
    print(table, end='')
    if out is None:
        return
    (out / 'cost.md').write_text(table, encoding='utf-8')
    arguments = {name: value for name, value in vars(args).items()
                 if name != 'out'}  # the record names no folders
    save_json(out / 'cost.json', args.device, arguments,
              **as_dict(costs, args.baseline))
    if options.latency:
        title = f'{hardware_name(args.device)}, batch size {args.batch_size}'
        cost_figure(costs, title).savefig(out / 'cost.png', dpi=150)


if __name__ == '__main__':
    main()
