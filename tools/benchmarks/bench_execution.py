"""What channels-last weights and video-by-video prediction do on a CPU."""

import argparse
import copy
import json
from functools import partial
from pathlib import Path

import torch

from s2dnet_mmaction.analysis.configs import load_configs
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.environment import hardware_name
from s2dnet_mmaction.analysis.latency import quartiles, time_in_turns
from s2dnet_mmaction.models.backbones.execution import lay_out

LAYOUTS = ('contiguous', 'channels last')
ORDERS = ('whole batch', 'video by video')


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'configs', nargs='+', help='[LABEL=]config of an S2DNet')
    parser.add_argument('--batch-size', type=int, default=4)
    parser.add_argument('--warmup', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=11)
    parser.add_argument('--out', help='name of a .json and a .md to write')
    return parser.parse_args()


def ways_to_run(net, batch_size, out_of):
    """The four ways, as functions without arguments."""
    frames = torch.randn(batch_size, net.num_frames, 3, *net.size)
    others = (torch.randn(batch_size, out_of), ) if out_of else ()
    for layout in LAYOUTS:
        module = copy.deepcopy(net)
        lay_out(module, channels_last=layout != 'contiguous')
        whole = module.extract if not others else module._extract_with
        yield f'{layout}, {ORDERS[0]}', partial(whole, frames, *others)
        yield f'{layout}, {ORDERS[1]}', partial(one_by_one, whole, frames,
                                                *others)


def one_by_one(run, *tensors):
    """``run`` on each row of a batch."""
    return torch.cat([run(*rows) for rows in zip(*(
        tensor.split(1) for tensor in tensors))])


def main():
    args = parse_args()
    results = {}
    for label, cfg in load_configs(args.configs).items():
        model = build(cfg)
        for name in ('snet', 'dnet'):
            context = model.context.out_channels if name == 'dnet' else 0
            ways = dict(
                ways_to_run(getattr(model, name), args.batch_size, context))
            with torch.no_grad():
                times_sec = time_in_turns(ways, args.rounds, args.warmup)
            results[f'{label} {name}'] = {
                way: [1e3 * sec / args.batch_size for sec in seconds]
                for way, seconds in times_sec.items()
            }
    ways = [f'{layout}, {order}' for layout in LAYOUTS for order in ORDERS]
    lines = [
        '| net | ' + ' | '.join(ways) + ' |', '|---' * (1 + len(ways)) + '|'
    ]
    for net, times_ms in results.items():
        cells = []
        for way in ways:
            low, median, high = quartiles(times_ms[way])
            cells.append(f'{median:.1f} [{low:.1f}, {high:.1f}]')
        lines.append(f'| {net} | ' + ' | '.join(cells) + ' |')
    lines += [
        '', f'ms per video, median and quartiles of {args.rounds} rounds in '
        f'turns, batch of {args.batch_size}, {hardware_name("cpu")}, '
        f'{torch.get_num_threads()} threads, torch {torch.__version__}, '
        'float32, eval mode.'
    ]
    text = '\n'.join(lines) + '\n'
    print(text, end='')
    if args.out is not None:
        stem = Path(args.out)
        stem.with_suffix('.md').write_text(text)
        stem.with_suffix('.json').write_text(
            json.dumps(results, indent=1) + '\n')


if __name__ == '__main__':
    main()
