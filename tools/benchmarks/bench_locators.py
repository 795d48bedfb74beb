"""Time the locators, f_theta of the paper and the heat maps, on a CPU.

Forward in eval mode, and forward and backward in training mode, on random
features and synopses of the size that the main instances have. Modes and
locators take turns in one process."""

from functools import partial

import torch

from bench_options import bench_parser, conditions, write_report
from comparison import compare
from s2dnet_mmaction.models.necks.locators import (
    HeatmapLocator,
    LocationScale,
)
from s2dnet_mmaction.models.necks.locators.strides import Strides

LOCATORS = dict(LocationScale=LocationScale, HeatmapLocator=HeatmapLocator)
FRAME_SIZE = (224, 224)
# name -> (C_S, T_S, h, w) of e, px of the synopsis, classes, (T_D, H_D, W_D)
INSTANCES = {
    'Something-Something V2 8/12':
    ((1280, 8, 5, 5), 144, 174, (12, 144, 144)),
    'Something-Something V2 16/16':
    ((1280, 16, 7, 7), 224, 174, (16, 144, 144)),
    'Mini-Kinetics 16/16': ((1280, 16, 5, 5), 144, 200, (16, 112, 112)),
    'Telltale 8/6': ((32, 8, 5, 5), 20, 9, (6, 32, 32)),
}


def parse_args():
    parser = bench_parser(__doc__, batch_size=8, seed=True)
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    args = parser.parse_args()
    if args.out is not None and args.json is None:
        args.json = f'{args.out}.json'
    return args


def forward(locator, inputs):
    """Locate without gradients."""
    with torch.no_grad():
        return locator(*inputs)


def forward_backward(locator, inputs):
    """Locate, and the gradients of the weights; e is detached."""
    locator.zero_grad()
    theta = locator(*inputs).theta
    sum(values.sum() for values in theta).backward()


def steps(kind, shape, pixels, num_classes, size, batch_size):
    """The locators as functions without arguments, by name.

    Args:
        kind: ``'forward'`` or ``'forward and backward'``.
        shape: (C_S, T_S, h, w).
        pixels: height and width of the synopsis.
        num_classes: N.
        size: (T_D, H_D, W_D).
        batch_size: B.
    """
    inputs = (torch.randn(batch_size, *shape),
              torch.rand(batch_size, num_classes),
              torch.full((batch_size, ), 64.0), FRAME_SIZE,
              torch.randn(batch_size, shape[1], 3, pixels, pixels))
    run = forward if kind == 'forward' else forward_backward
    return {
        name: partial(
            run,
            locator(shape, num_classes,
                    Strides(size)).train(kind != 'forward'), inputs)
        for name, locator in LOCATORS.items()
    }


def main():
    args = parse_args()
    torch.manual_seed(args.seed)
    results = [
        compare(f'{label}, {kind}', steps(kind, *sizes, args.batch_size),
                args.batch_size, args.rounds, args.warmup)
        for label, sizes in INSTANCES.items()
        for kind in ('forward', 'forward and backward')
    ]
    tables = [result.markdown() for result in results]
    text = '\n'.join([*tables, conditions(args, 'float32')])
    write_report(args, text, results)


if __name__ == '__main__':
    main()
