"""Time SNet and DNet on a CPU: weights in two memory layouts, and whole
batches against one video at a time."""

import copy
from functools import partial

import torch

from bench_options import bench_parser, conditions, write_report
from comparison import compare
from s2dnet_mmaction.analysis.configs import load_configs
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.models.backbones.execution import lay_out

LAYOUTS = ('contiguous', 'channels last')


def parse_args():
    parser = bench_parser(__doc__, batch_size=4)
    parser.add_argument(
        'configs', nargs='+', help='[LABEL=]config of an S2DNet')
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    args = parser.parse_args()
    if args.out is not None and args.json is None:
        args.json = f'{args.out}.json'
    return args


def variants(net, batch_size, context_channels):
    """The four ways to run a net, as functions without arguments."""
    inputs = [torch.randn(batch_size, net.num_frames, 3, *net.size)]
    if context_channels:
        inputs.append(torch.randn(batch_size, context_channels))
    for layout in LAYOUTS:
        module = copy.deepcopy(net)
        lay_out(module, channels_last=layout != 'contiguous')
        run = module._extract_with if context_channels else module.extract
        yield f'{layout}, whole batch', partial(run, *inputs)
        yield f'{layout}, video by video', partial(one_by_one, run, inputs)


def one_by_one(run, inputs):
    """``run`` on each row of a batch."""
    rows = zip(*(tensor.split(1) for tensor in inputs))
    return torch.cat([run(*row) for row in rows])


def main():
    args = parse_args()
    results = []
    for label, cfg in load_configs(args.configs).items():
        model = build(cfg)
        for name in ('snet', 'dnet'):
            context = model.context.out_channels if name == 'dnet' else 0
            steps = dict(
                variants(getattr(model, name), args.batch_size, context))
            with torch.no_grad():
                results.append(
                    compare(f'{label} {name}', steps, args.batch_size,
                            args.rounds, args.warmup))
    tables = [result.markdown() for result in results]
    text = '\n'.join([*tables, conditions(args, 'float32', 'eval mode')])
    write_report(args, text, results)


if __name__ == '__main__':
    main()
