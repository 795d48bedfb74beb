"""From video files to batches: time and page faults per clip of the shipped
pipelines, of the same work by MMAction2's transforms, and of MMAction2's TSM
with 8 frames.

The files are drawn videos, or those of --videos."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from drawn_videos import (
    FORMATS,
    add_video_options,
    describe_videos,
    write_videos,
)
from memory_use import disable_huge_pages, page_settings, usage
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader, Dataset

from bench_options import bench_parser, write_json
from comparison import compare
from s2dnet_mmaction.analysis.environment import hardware_name
from s2dnet_mmaction.analysis.report import markdown_table
from s2dnet_mmaction.datasets import video_collate

ROOT = Path(__file__).resolve().parents[2]
STOCK, OURS, TSM = 'stock transforms', 'this package', 'TSM, 8 frames'
STOCK_TWINS = dict(ClipInit='DecordInit', ClipDecode='DecordDecode')
# TSM's crops take the whole short side; ours are smaller.
TSM_CROPS = dict(type='ThreeCrop', crop_size=256)
STATISTICS = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


def parse_args():
    parser = bench_parser(__doc__, batch_size=4, warmup=1, seed=True)
    add_video_options(parser, num_frames=[300, 171, 240, 300])
    parser.add_argument(
        '--config', default=ROOT / 'configs/_base_/datasets/kinetics400.py',
        help='with train_pipeline and test_pipeline of video files')
    parser.add_argument('--splits', nargs='+', default=['train', 'test'],
                        help='pipelines of the config')
    parser.add_argument('--videos', nargs='+', help='instead of drawn ones')
    parser.add_argument('--kind', choices=tuple(FORMATS), default='h264',
                        help='of drawn videos: H.264 in MP4, or MPEG-4 in AVI '
                        'with B-frames, as XviD')
    parser.add_argument('--gop', type=int, default=250,
                        help='largest distance between keyframes, in frames')
    parser.add_argument('--workers', type=int, default=0,
                        help='of a data loader; 0: in this process')
    parser.add_argument('--no-huge-pages', action='store_true',
                        help='for this process, as on machines without them')
    parser.add_argument('--repeats', type=int, default=1,
                        help='how often a round reads each video')
    parser.add_argument('--out', help='file for the tables')
    return parser.parse_args()


def stock_pipeline(pipeline):
    """The same work by MMAction2's transforms."""
    steps = []
    for step in pipeline:
        step = {name: value for name, value in step.items() if name != 'lazy'}
        step['type'] = STOCK_TWINS.get(step['type'], step['type'])
        if step['type'] != 'FuseClip':
            steps.append(step)
    return steps


def tsm_pipeline(pipeline):
    """TSM's frames with the same augmentation, or its own test crops."""
    steps = []
    for step in stock_pipeline(pipeline):
        if step['type'] == 'SampleStridedFrames':
            step = dict(type='SampleFrames', clip_len=1, frame_interval=1,
                        num_clips=8, test_mode=step.get('test_mode', False))
        elif step['type'] == 'ThreePatchCrop':
            step = TSM_CROPS
        elif step['type'] == 'FormatShape':
            step = dict(type='FormatShape', input_format='NCHW')
        steps.append(step)
    return steps


class Clips(Dataset):
    """Files through a pipeline."""

    def __init__(self, pipeline, videos):
        self.pipeline, self.videos = Compose(pipeline), videos

    def __len__(self):
        return len(self.videos)

    def __getitem__(self, i):
        return self.pipeline(
            dict(filename=self.videos[i], label=0, start_index=0,
                 modality='RGB'))


def make_step(dataset, collate, preprocessor, args):
    """A function that reads all files once and keeps nothing."""
    loader = DataLoader(
        dataset, args.batch_size, num_workers=args.workers,
        collate_fn=collate, persistent_workers=args.workers > 0)

    def step():
        # The same crops for all: stock and ours do the same work.
        random.seed(args.seed)
        np.random.seed(args.seed)
        for batch in loader:
            preprocessor(batch)

    return step


def variants(pipeline, videos, args):
    ours = MODELS.build(dict(type='S2DNetDataPreprocessor', **STATISTICS))
    tsm = MODELS.build(dict(
        type='ActionDataPreprocessor', format_shape='NCHW', **STATISTICS))
    kinds = {
        STOCK: (stock_pipeline(pipeline), pseudo_collate, ours),
        OURS: (pipeline, video_collate, ours),
        TSM: (tsm_pipeline(pipeline), pseudo_collate, tsm)
    }
    return {
        label: make_step(Clips(steps, videos), collate, preprocessor, args)
        for label, (steps, collate, preprocessor) in kinds.items()
    }


def largest_difference(pipeline, videos, seed):
    """Largest absolute difference of a pixel between ours and stock."""
    clips = []
    for steps in (pipeline, stock_pipeline(pipeline)):
        random.seed(seed)
        np.random.seed(seed)
        clips.append([clip['inputs'] for clip in Clips(steps, videos)])
    return max(
        int((a.short() - b.short()).abs().max()) for a, b in zip(*clips))


def measure_split(split, pipeline, videos, args):
    """Times, and the median usage per clip of each variant."""
    videos = videos * args.repeats
    records = {}

    def watched(label, step):
        record = records[label] = []

        def run():
            before = usage()
            step()
            record.append(usage() - before)

        return run

    steps = {label: watched(label, step)
             for label, step in variants(pipeline, videos, args).items()}
    result = compare(f'{split} pipeline', steps, len(videos), args.rounds,
                     args.warmup, STOCK)
    timed = slice(args.warmup, args.warmup + args.rounds)
    used = {}
    for label, record in records.items():
        faults, user_sec, system_sec = (
            np.median(record[timed], axis=0) / len(videos))
        used[label] = dict(minor_faults=faults, user_ms=1e3 * user_sec,
                           system_ms=1e3 * system_sec)
    return result, used


def split_tables(split, result, used):
    """Ratios to stock and to TSM, and the usage."""
    rows = [{
        'variant': label,
        'minor page faults': f'{numbers["minor_faults"]:.0f}',
        'user ms': f'{numbers["user_ms"]:.1f}',
        'system ms': f'{numbers["system_ms"]:.1f}'
    } for label, numbers in used.items()]
    return [
        *(replace(result, baseline=name).markdown() for name in (STOCK, TSM)),
        f'**{split} pipeline, usage per clip**', '',
        *markdown_table(rows), ''
    ]


def describe(args, differences):
    """How it was measured."""
    pages = ', '.join(f'{k} {v}' for k, v in page_settings().items())
    if args.no_huge_pages:
        pages += '; off for this process'
    videos = ', '.join(args.videos or ()) or (
        f'{describe_videos(args)}, {args.kind}, keyframes at most {args.gop} '
        'frames apart')
    where = f'{args.workers} workers' if args.workers else 'in one process'
    pixels = ', '.join(f'{split} {n}' for split, n in differences.items())
    return f"""\
- {args.config}: file to batch (transforms, collation, preprocessor), batches
  of {args.batch_size}, {where}, one thread for each; median and quartiles of
  {args.rounds} rounds in turns, ratios in pairs. Memory: of this process
  alone.
- Videos: {videos}.
- Largest difference of a pixel between stock and ours, 0..255: {pixels}.
- Transparent huge pages: {pages}.
- {hardware_name('cpu')}, torch {torch.__version__}, PyAV {av.__version__},
  OpenCV {cv2.__version__}.
"""


def main():
    args = parse_args()
    init_default_scope('mmaction')
    if args.no_huge_pages:
        disable_huge_pages()
    torch.set_num_threads(1)  # as in a data loader's worker
    cv2.setNumThreads(0)
    cfg = Config.fromfile(args.config)
    args.config = Path(args.config).name  # the record names no folder
    lines, results, used, differences = [], {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        videos = args.videos or write_videos(Path(folder), args, args.gop,
                                             args.kind)
        for split in args.splits:
            pipeline = cfg[f'{split}_pipeline']
            result, used[split] = measure_split(split, pipeline, videos, args)
            results[split] = result.as_dict()
            lines += split_tables(split, result, used[split])
            differences[split] = largest_difference(pipeline, videos,
                                                    args.seed)
    text = '\n'.join([*lines, describe(args, differences)])
    print(text, end='')
    if args.out is not None:
        Path(args.out).write_text(text)
    write_json(args, results=results, usage_per_clip=used,
               page_settings=page_settings(), largest_difference=differences)


if __name__ == '__main__':
    main()
