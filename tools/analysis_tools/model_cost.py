"""Compare what recognizers cost: parameters, multiply-adds by part, latency
and memory, with the input that each config's own test pipeline gives.

Configs of this package and of MMAction2 go side by side in one process.
Weights are random."""

import argparse
import json
from pathlib import Path

import torch
from mmengine.config import DictAction

from s2dnet_mmaction.analysis import (
    PEERS,
    Options,
    as_dict,
    check_baseline,
    cost_figure,
    hardware_name,
    load_configs,
    markdown,
    measure,
)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'configs',
        nargs='*',
        metavar='CONFIG',
        help='config files, or names of configs that MMAction2 has '
        'installed; LABEL=CONFIG names one for the tables')
    parser.add_argument(
        '--peers',
        action='store_true',
        help=f'add configs of MMAction2: {", ".join(PEERS)}')
    parser.add_argument(
        '--baseline', help='label of the config to compare with; default: '
        'the first')
    parser.add_argument('--out', help='folder for cost.{json,md,png}')
    parser.add_argument(
        '--no-latency',
        action='store_true',
        help='count parameters and multiply-adds only')
    parser.add_argument(
        '--device',
        default='cuda:0' if torch.cuda.is_available() else 'cpu',
        help='cpu, or cuda:0 (default where there is one), ...')
    parser.add_argument(
        '--batch-size', type=int, default=1, help='videos per test step')
    parser.add_argument(
        '--rounds', type=int, default=20, help='each times every config once')
    parser.add_argument(
        '--warmup', type=int, default=3, help='rounds before these')
    parser.add_argument(
        '--frames', type=int, default=300, help='frames of the raw video')
    parser.add_argument(
        '--video-size',
        type=int,
        nargs=2,
        default=(256, 340),
        metavar=('H', 'W'),
        help='height and width of the raw video in px')
    parser.add_argument(
        '--crop',
        type=int,
        metavar='PX',
        help='cut the views of all configs to one size')
    parser.add_argument(
        '--amp',
        action='store_true',
        help='autocast to float16 (CUDA) or bfloat16 (CPU)')
    parser.add_argument(
        '--fuse-conv-bn',
        action='store_true',
        help='fold batch norms into convolutions before timing')
    parser.add_argument(
        '--channels-last',
        action='store_true',
        help='lay out all weights with the channels last')
    parser.add_argument('--threads', type=int, help='CPU threads of torch')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of all configs: xxx=yyy pairs')
    return parser.parse_args()


def main():
    args = parse_args()
    options = Options(
        latency=not args.no_latency,
        batch_size=args.batch_size,
        device=args.device,
        warmup=args.warmup,
        rounds=args.rounds,
        num_frames=args.frames,
        size=tuple(args.video_size),
        crop=args.crop,
        amp=args.amp,
        fuse_conv_bn=args.fuse_conv_bn,
        channels_last=args.channels_last,
        threads=args.threads)
    configs = load_configs(args.configs, args.peers, args.cfg_options)
    check_baseline(args.baseline, configs)
    out = None if args.out is None else Path(args.out)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)  # before minutes of work
    costs = measure(configs, options)
    table = markdown(costs, options, args.baseline)
    print(table, end='')
    if out is None:
        return
    (out / 'cost.md').write_text(table, encoding='utf-8')
    arguments = {name: value for name, value in vars(args).items()
                 if name != 'out'}  # a folder of this machine
    numbers = dict(
        as_dict(costs, options, args.baseline), arguments=arguments)
    (out / 'cost.json').write_text(json.dumps(numbers, indent=2) + '\n')
    if options.latency:
        title = (f'{hardware_name(args.device)}, batch size '
                 f'{args.batch_size}')
        cost_figure(costs, title).savefig(out / 'cost.png', dpi=150)


if __name__ == '__main__':
    main()
