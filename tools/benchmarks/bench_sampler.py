"""Time the detail sampler: raw uint8 frames to normalised output, forward
and forward + backward, all backends in turns in one process.

The reference computes what the authors' release computes: it converts and
normalises all frames, then multiplies dense matrices, video by video. The
others are called as the network calls them, without checks of values, which
would wait for a GPU several times per call."""

from functools import partial

import torch

from bench_options import bench_parser, conditions, write_json
from comparison import compare
from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.backends.choice import missing_kernels
from s2dnet_mmaction.functional.sampling.backends.dense import sample_dense
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window
from s2dnet_mmaction.functional.sampling.filters import Filters
from windows import (
    bytes_of_windows,
    copy_bandwidth,
    macs_of_windows,
    random_windows,
)

# Frames, output: the paper's Something-Something and Mini-Kinetics nets.
CASES = {
    '85 frames to 12 x 144 x 144': (85, (12, 144, 144)),
    '150 frames to 16 x 112 x 112': (150, (16, 112, 112)),
}
# ImageNet's, of frames in 0..255, as in the shipped configs.
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def parse_args():
    parser = bench_parser(
        __doc__, batch_size=4, device=True, rounds=15, seed=True)
    parser.add_argument(
        '--frame-size', type=int, default=224, help='height and width, px')
    parser.add_argument(
        '--scale', type=float, default=1.0,
        help='of frames and output sizes, for a quick look')
    parser.add_argument(
        '--layout', choices=('channels-last', 'planar'),
        default='channels-last',
        help='of the raw frames in memory; data pipelines use the first')
    return parser.parse_args()


def reference(frames, lengths, theta, size, mean, std):
    """Normalise all frames, then sample video by video."""
    frames = (frames.float() - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    return torch.cat([
        sample_dense(frames[b:b + 1], lengths[b:b + 1],
                     Theta(*(number[b:b + 1] for number in theta)), size,
                     Filters()) for b in range(len(frames))
    ])


def forward(theta, sample):
    with torch.no_grad():
        sample(theta=theta)


def forward_backward(theta, grad, sample):
    theta = Theta(*(number.detach().requires_grad_() for number in theta))
    torch.autograd.grad(sample(theta=theta), theta, grad)


def random_frames(args, num_frames, size):
    shape = (args.batch_size, num_frames, size, size, 3)
    frames = torch.randint(0, 256, shape, dtype=torch.uint8)
    frames = frames.permute(0, 1, 4, 2, 3)
    if args.layout == 'planar':
        frames = frames.contiguous()
    return frames.to(args.device)


def variants(device):
    names = ['dense', 'torch', 'numba'] if device == 'cpu' else [
        'dense', 'triton']
    missing = missing_kernels(torch.device(device))
    if missing is not None:
        print(f'Not measured: {missing}.\n')
        names.pop()
    ours = {name: partial(sample_window, backend=name) for name in names}
    return dict(reference=reference, **ours)


def run_case(args, title, num_frames, size):
    scaled = [max(1, round(args.scale * n)) for n in (num_frames, *size)]
    num_frames, size = scaled[0], tuple(scaled[1:])
    frame_size = max(1, round(args.scale * args.frame_size))
    frames = random_frames(args, num_frames, frame_size)
    lengths = torch.full((args.batch_size, ), num_frames, device=args.device)
    theta = Theta(*(n.to(args.device) for n in random_windows(
        args.batch_size, num_frames, size, args.seed)))
    mean, std = (torch.tensor(n, device=args.device) for n in (MEAN, STD))
    given = dict(frames=frames, lengths=lengths, size=size, mean=mean, std=std)
    samples = {name: partial(sample, **given)
               for name, sample in variants(args.device).items()}
    grad = torch.randn(
        args.batch_size, size[0], 3, *size[1:], device=args.device)
    results = []
    for what, run in (('forward', partial(forward, theta)),
                      ('forward and backward',
                       partial(forward_backward, theta, grad))):
        steps = {name: partial(run, sample)
                 for name, sample in samples.items()}
        results.append(
            compare(f'{title}, {what}', steps, args.batch_size, args.rounds,
                    args.warmup, 'reference', args.device))
        print(results[-1].markdown())
    work = dict(
        read_mb=bytes_of_windows(theta, size, frames) / 1e6 / args.batch_size,
        written_mb=grad[0].nbytes / 1e6,
        gmacs=macs_of_windows(theta, size, frames) / 1e9 / args.batch_size)
    print('Windows of a video: {read_mb:.1f} MB of frames to read, '
          '{written_mb:.1f} MB to write, {gmacs:.3f} G multiply-adds in '
          'bands.\n'.format(**work))
    return dict(work=work, results=[result.as_dict() for result in results])


def main():
    args = parse_args()
    torch.manual_seed(args.seed)
    records = [run_case(args, title, *case) for title, case in CASES.items()]
    bandwidth = copy_bandwidth(args.device)
    print(conditions(args, f'{args.layout} uint8 frames'),
          f'Copying: {bandwidth / 1e9:.1f} GB/s (read and written bytes).')
    write_json(args, cases=records, copy_bytes_per_sec=bandwidth)


if __name__ == '__main__':
    main()
