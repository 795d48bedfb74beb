"""Time whole networks, raw uint8 frames to scores, with each backend of the
detail sampler in turns in one process, and the sampler's share of it.

Weights are random: the windows are those at the start of training or, with
--windows, drawn at random."""

import time
from functools import partial
from unittest import mock

import torch

from bench_options import bench_parser, conditions, write_json
from comparison import compare
from s2dnet_mmaction.analysis.configs import load_configs
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.latency import (
    make_step,
    quartiles,
    synchronize,
    time_in_turns,
)
from s2dnet_mmaction.analysis.report import spread
from s2dnet_mmaction.functional.sampling.backends.choice import missing_kernels
from s2dnet_mmaction.models import necks
from s2dnet_mmaction.models.necks.locators.located import Located
from windows import random_windows


def parse_args():
    parser = bench_parser(__doc__, batch_size=4, device=True)
    parser.add_argument(
        'configs', nargs='+', help='[LABEL=]config of an S2DNet')
    parser.add_argument(
        '--frames', type=int, default=85, help='frames of a video')
    parser.add_argument(
        '--frame-size', type=int, default=224, help='height and width, px')
    parser.add_argument(
        '--amp', action='store_true', help='autocast to half precision')
    parser.add_argument(
        '--compile', action='store_true', help='torch.compile the network')
    parser.add_argument(
        '--windows', action='store_true', help='random windows')
    return parser.parse_args()


class SamplerClock:
    """Replaces the sampler's function and times each of its calls."""

    def __init__(self, device):
        self.device = torch.device(device)
        self.seconds = []
        self.sample = necks.detail_sampler.sample_window

    def __call__(self, *args, **kwargs):
        synchronize(self.device)
        start = time.perf_counter()
        volume = self.sample(*args, **kwargs)
        synchronize(self.device)
        self.seconds.append(time.perf_counter() - start)
        return volume


def fix_windows(model, args):
    theta = random_windows(args.batch_size, args.frames, model.neck.size)
    theta = type(theta)(*(n.to(args.device) for n in theta))
    model.neck.locate = lambda *_: Located(theta)


def run_with(model, backend, step):
    model.neck.backend = backend
    step()


def sampler_shares(steps, args):
    """(sampler, whole step) seconds of each round, by variant."""
    clock = SamplerClock(args.device)
    with mock.patch.object(necks.detail_sampler, 'sample_window', clock):
        total_sec = time_in_turns(steps, args.rounds, 1, args.device)
    own_sec = clock.seconds[len(steps):]  # without the warm-up
    return {name: list(zip(own_sec[n::len(steps)], total_sec[name]))
            for n, name in enumerate(steps)}


def run_config(label, cfg, args):
    model = build(cfg).to(args.device).eval()
    if args.windows:
        fix_windows(model, args)
    if args.compile:
        model.extract_feat = torch.compile(model.extract_feat)
    shape = (args.frames, args.frame_size, args.frame_size, 3)
    frames = torch.randint(0, 256, shape, dtype=torch.uint8)
    step = make_step(
        model, frames.permute(3, 0, 1, 2)[None], args.batch_size,
        torch.device(args.device), args.amp)
    backends = ['dense', 'torch', 'auto']
    if args.device != 'cpu':
        backends.remove('torch')
    steps = {f"backend='{name}'": partial(run_with, model, name, step)
             for name in backends}
    result = compare(
        label, steps, args.batch_size, args.rounds, args.warmup,
        device=args.device)
    print(result.markdown())
    record = result.as_dict()
    if args.compile:  # a compiled graph does not call Python functions
        return record
    record['sampler'] = {}
    for name, pairs in sampler_shares(steps, args).items():
        own_ms = [1e3 * own / args.batch_size for own, _ in pairs]
        percent = [100 * own / whole for own, whole in pairs]
        print(f'{name}: sampler {spread(own_ms, 2)} ms/video, '
              f'{spread(percent, 2)} % of the step')
        record['sampler'][name] = dict(
            sampler_and_step_sec=pairs, percent_quartiles=quartiles(percent))
    print()
    return record


def main():
    args = parse_args()
    torch.manual_seed(0)
    missing = missing_kernels(torch.device(args.device))
    if missing is not None:
        print(f"backend='auto' is not compiled: {missing}.\n")
    records = [run_config(label, cfg, args)
               for label, cfg in load_configs(args.configs).items()]
    print(conditions(
        args, f'{args.frames} frames of {args.frame_size} px',
        'autocast' if args.amp else 'float32'))
    write_json(args, results=records)


if __name__ == '__main__':
    main()
