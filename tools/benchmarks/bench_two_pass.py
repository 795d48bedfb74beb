"""Decoding of test clips in one pass, and in two by SynopsisFirst: first the
synopsis frames, then those that the temporal filter reads.

The windows are random, as at the start of stage 2. No network runs between
the passes. The videos are drawn, as H.264 files and as folders of JPEG."""

import argparse
import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from drawn_videos import draw, write_videos
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from comparison import compare
from s2dnet_mmaction.analysis.environment import hardware_name, save_json
from s2dnet_mmaction.functional.sampling.bands import frames_read
from s2dnet_mmaction.functional.sampling.filters import Filters
from windows import random_windows

GEOMETRY = [
    dict(type='Resize', scale=(-1, 256), lazy=True),
    dict(type='CenterCrop', crop_size=224, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--size', nargs=2, type=int, default=(256, 340),
                        metavar=('HEIGHT', 'WIDTH'))
    parser.add_argument('--frames', nargs='+', type=int, default=[170])
    parser.add_argument('--gops', nargs='+', type=int, default=[250, 12],
                        help='most frames from keyframe to keyframe')
    parser.add_argument('--count', type=int, default=4)
    parser.add_argument('--num-synopsis', type=int, default=8)
    parser.add_argument('--num-detail', type=int, default=12)
    parser.add_argument('--warmup', type=int, default=1)
    parser.add_argument('--rounds', type=int, default=11)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--json', help='file to write')
    return parser.parse_args()


def write_images(folder, args):
    """Folders of JPEG in place of video files."""
    folders = []
    for i in range(args.count):
        path = folder / str(i)
        path.mkdir(parents=True)
        images = draw(args.frames[i % len(args.frames)], *args.size,
                      [args.seed, i])
        for t, image in enumerate(images):
            cv2.imwrite(str(path / f'img_{t + 1:05}.jpg'), image[..., ::-1])
        folders.append(path)
    return folders


def describe_video(path):
    return dict(filename=path, start_index=0, modality='RGB', label=0)


def describe_images(path):
    return dict(
        frame_dir=str(path),
        filename_tmpl='img_{:05}.jpg',
        total_frames=len(list(path.iterdir())),
        start_index=1,
        offset=0,
        modality='RGB',
        label=0)


def pipelines(opener, decoder, args):
    """In one pass and in two."""
    sample = dict(
        type='SampleStridedFrames',
        frame_interval=2,
        max_frames=85,
        test_mode=True)
    start = [sample] if opener is None else [opener, sample]
    inner = [decoder, *GEOMETRY]
    two = dict(
        type='SynopsisFirst',
        num_frames=args.num_synopsis,
        opener=opener,
        pipeline=inner)
    return Compose([*start, *inner]), Compose([*start, two])


def one_pass(pipeline, items, shares):
    for item in items:
        pipeline(dict(item))
    shares[:] = [1.0]


def two_passes(pipeline, items, shares, args):
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
            'one pass': partial(one_pass, one, items, []),
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
        root = Path(root)
        for gop in args.gops:
            args.gop = gop
            folder = root / f'gop{gop}'
            folder.mkdir()
            items = list(map(describe_video, write_videos(folder, args)))
            records.append(
                run_case(f'H.264, keyframes at most {gop} frames apart', items,
                         dict(type='ClipInit'), dict(type='ClipDecode'), args))
        items = list(map(describe_images, write_images(root / 'jpg', args)))
        records.append(
            run_case('JPEG files', items, None, dict(type='RawFrameDecode'),
                     args))
    height, width = args.size
    print(f'{args.count} videos of {height} x {width}, {args.frames} frames '
          f'in turn, every second one taken; {hardware_name("cpu")}, one '
          f'thread, median and quartiles of {args.rounds} rounds in turns.')
    if args.json:
        save_json(args.json, 'cpu', vars(args), results=records)


if __name__ == '__main__':
    main()
