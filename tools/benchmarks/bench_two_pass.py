"""Decoding of test clips in one pass, and in two by SynopsisFirst: first the
synopsis frames, then those that the temporal filter reads.

The windows are random, as at the start of stage 2. No network runs between
the passes. The videos are drawn, as H.264 files and as folders of JPEG."""

import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from drawn_videos import (
    add_video_options,
    describe_videos,
    write_images,
    write_videos,
)
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from bench_options import bench_parser, write_json
from comparison import compare
from s2dnet_mmaction.analysis.environment import hardware_name
from s2dnet_mmaction.functional.sampling.bands import frames_read
from s2dnet_mmaction.functional.sampling.filters import Filters
from windows import random_windows

SAMPLE = dict(type='SampleStridedFrames', frame_interval=2, max_frames=85,
              test_mode=True)
GEOMETRY = [
    dict(type='Resize', scale=(-1, 256), lazy=True),
    dict(type='CenterCrop', crop_size=224, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]


def parse_args():
    parser = bench_parser(__doc__, warmup=1, seed=True)
    add_video_options(parser, num_frames=[170])
    parser.add_argument('--gops', nargs='+', type=int, default=[250, 12],
                        help='largest distances between keyframes, in frames')
    parser.add_argument('--num-synopsis', type=int, default=8,
                        help='frames of the synopsis')
    parser.add_argument('--num-detail', type=int, default=12,
                        help='frames of the detail')
    return parser.parse_args()


def describe_video(path):
    return dict(filename=path, start_index=0, modality='RGB', label=0)


def describe_images(path):
    return dict(
        frame_dir=str(path), filename_tmpl='img_{:05}.jpg',
        total_frames=len(list(path.iterdir())), start_index=1, offset=0,
        modality='RGB', label=0)


def pipelines(opener, decoder, args):
    """The pipeline of one pass, and that of two."""
    start = [SAMPLE] if opener is None else [opener, SAMPLE]
    inner = [decoder, *GEOMETRY]
    two = dict(type='SynopsisFirst', num_frames=args.num_synopsis,
               opener=opener, pipeline=inner)
    return Compose([*start, *inner]), Compose([*start, two])


def one_pass(pipeline, items):
    for item in items:
        pipeline(dict(item))


def two_passes(pipeline, items, shares, args):
    """Read both passes; ``shares`` gets the share of frames of the second."""
    shares.clear()
    for n, item in enumerate(items):
        source = pipeline(dict(item))['data_samples'].frame_source
        length = source.num_frames
        theta = random_windows(1, length, (args.num_detail, 1, 1),
                               args.seed + n)
        needed = frames_read(theta, args.num_detail, torch.tensor([length]),
                             Filters())[0]
        needed[source.positions] = False
        if needed.any():
            source.read(needed.nonzero().flatten().tolist())
        shares.append(float(needed.float().mean()))


def run_case(title, items, opener, decoder, args):
    one, two = pipelines(opener, decoder, args)
    shares = []
    result = compare(
        title, {
            'one pass': partial(one_pass, one, items),
            'two passes': partial(two_passes, two, items, shares, args)
        }, len(items), args.rounds, args.warmup)
    print(result.markdown())
    print(f'The second pass reads {100 * np.mean(shares):.0f} % of the '
          'frames.\n')
    return dict(result.as_dict(), share_read=float(np.mean(shares)))


def main():
    args = parse_args()
    init_default_scope('mmaction')
    torch.set_num_threads(1)  # as in a data loader's worker
    cv2.setNumThreads(0)
    records = []
    with tempfile.TemporaryDirectory() as root:
        for gop in args.gops:
            folder = Path(root, f'gop{gop}')
            folder.mkdir()
            videos = write_videos(folder, args, gop)
            items = list(map(describe_video, videos))
            title = f'H.264, keyframes at most {gop} frames apart'
            records.append(run_case(title, items, dict(type='ClipInit'),
                                    dict(type='ClipDecode'), args))
        folders = write_images(Path(root, 'jpg'), args)
        items = list(map(describe_images, folders))
        records.append(run_case('JPEG files', items, None,
                                dict(type='RawFrameDecode'), args))
    print(f'{describe_videos(args)}, every second one taken; '
          f'{hardware_name("cpu")}, one thread, median and quartiles of '
          f'{args.rounds} rounds in turns.')
    write_json(args, results=records)


if __name__ == '__main__':
    main()
