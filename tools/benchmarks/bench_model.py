"""Time whole networks, raw uint8 frames to scores, with each backend of the
detail sampler in turns in one process, and the sampler's part of it.

Weights are random, so that the windows are those of the start of training
or, with --windows, drawn at random."""

import argparse
import time
from functools import partial

import torch
from mmaction.structures import ActionDataSample

from comparison import compare
from s2dnet_mmaction.analysis.configs import load_configs
from s2dnet_mmaction.analysis.cost import build
from s2dnet_mmaction.analysis.environment import hardware_name, save_json
from s2dnet_mmaction.analysis.latency import (
    quartiles,
    synchronize,
    time_in_turns,
)
from s2dnet_mmaction.analysis.report import spread
from s2dnet_mmaction.functional.sampling.backends.choice import missing_kernels
from s2dnet_mmaction.models import necks
from windows import random_windows


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'configs', nargs='+', help='[LABEL=]config of an S2DNet')
    parser.add_argument('--batch-size', type=int, default=4)
    parser.add_argument('--frames', type=int, default=85)
    parser.add_argument('--frame-size', type=int, default=224)
    parser.add_argument(
        '--device',
        default='cuda:0' if torch.cuda.is_available() else 'cpu',
        help='cpu, or cuda:0 (default where there is one), ...')
    parser.add_argument(
        '--amp', action='store_true', help='autocast to half precision')
    parser.add_argument(
        '--compile', action='store_true', help='torch.compile the network')
    parser.add_argument(
        '--windows', action='store_true', help='random windows')
    parser.add_argument('--warmup', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=11)
    parser.add_argument('--json', help='file to write')
    return parser.parse_args()


class SamplerClock:
    """Seconds that the sampler alone takes, call by call."""

    def __init__(self, device):
        self.wait = partial(synchronize, torch.device(device))
        self.seconds = []
        self.sample = necks.detail_sampler.sample_window

    def __call__(self, *args, **kwargs):
        self.wait()
        start = time.perf_counter()
        volume = self.sample(*args, **kwargs)
        self.wait()
        self.seconds.append(time.perf_counter() - start)
        return volume


def fix_windows(model, args):
    theta = random_windows(args.batch_size, args.frames, model.neck.size)
    theta = type(theta)(*(n.to(args.device) for n in theta))
    model.neck.locate = lambda *_: theta


def make_step(model, backend, batch, args):
    dtype = torch.float16 if args.device != 'cpu' else torch.bfloat16

    def step():
        model.neck.backend = backend
        samples = [ActionDataSample() for _ in batch]
        with torch.no_grad(), torch.autocast(
                args.device.split(':')[0], dtype, enabled=args.amp):
            model.test_step(dict(inputs=list(batch), data_samples=samples))

    return step


def run_config(label, cfg, args):
    model = build(cfg).to(args.device).eval()
    if args.windows:
        fix_windows(model, args)
    if args.compile:
        model.extract_feat = torch.compile(model.extract_feat)
    shape = (args.frames, args.frame_size, args.frame_size, 3)
    batch = [
        torch.randint(0, 256, shape,
                      dtype=torch.uint8).permute(3, 0, 1, 2)[None]
        for _ in range(args.batch_size)
    ]
    batch = [video.to(args.device) for video in batch]
    backends = ['dense', 'auto']
    if args.device == 'cpu':
        backends.insert(1, 'torch')
    steps = {
        f"backend='{name}'": make_step(model, name, batch, args)
        for name in backends
    }
    options = (args.batch_size, args.rounds, args.warmup)
    result = compare(
        label, steps, *options, baseline="backend='dense'",
        device=args.device)
    print(result.markdown())
    if args.compile:  # no clock looks into a compiled graph
        return result.as_dict()
    clock = SamplerClock(args.device)
    necks.detail_sampler.sample_window = clock
    try:
        total_sec = time_in_turns(steps, args.rounds, 1, clock.wait)
    finally:
        necks.detail_sampler.sample_window = clock.sample
    own_sec = clock.seconds[len(steps):]  # without the warm-up
    shares = {
        name: list(zip(own_sec[n::len(steps)], total_sec[name]))
        for n, name in enumerate(steps)
    }
    for name, part in shares.items():
        own = spread([1e3 * a / args.batch_size for a, _ in part], 2)
        percent = spread([100 * a / b for a, b in part], 2)
        print(f'{name}: sampler {own} ms/video, {percent} % of the step')
    print()
    return dict(
        result.as_dict(),
        sampler={
            name: dict(
                sampler_and_step_sec=part,
                percent_quartiles=quartiles([100 * a / b for a, b in part]))
            for name, part in shares.items()
        })


def main():
    args = parse_args()
    torch.manual_seed(0)
    missing = missing_kernels(torch.device(args.device))
    if missing is not None:
        print(f"backend='auto' is not compiled: {missing}.\n")
    records = [
        run_config(label, cfg, args)
        for label, cfg in load_configs(args.configs).items()
    ]
    print(f'{hardware_name(args.device)}, {torch.get_num_threads()} CPU '
          f'threads, torch {torch.__version__}, batch of {args.batch_size}, '
          f'{args.frames} frames of {args.frame_size} px, '
          f'{"autocast" if args.amp else "float32"}, median and quartiles '
          f'of {args.rounds} rounds in turns.')
    if args.json:
        save_json(args.json, args.device, vars(args), results=records)


if __name__ == '__main__':
    main()
