"""From video files to batches: time and page faults per clip of the shipped
pipelines, of the same work by MMAction2's transforms, and of MMAction2's TSM
with 8 frames.

The files are H.264 videos drawn for this, or those of --videos.
"""

import argparse
import dataclasses
import random
import tempfile
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from drawn_videos import write_videos
from memory_use import disable_huge_pages, page_settings, usage
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader, Dataset

from comparison import compare
from s2dnet_mmaction.analysis.environment import hardware_name, save_json
from s2dnet_mmaction.datasets import video_collate

ROOT = Path(__file__).resolve().parents[2]
STOCK, OURS, TSM = 'stock transforms', 'this package', 'TSM, 8 frames'
STOCK_TWINS = dict(ClipInit='DecordInit', ClipDecode='DecordDecode')
# TSM's crops of the whole short side; ours are smaller
TSM_CROPS = dict(type='ThreeCrop', crop_size=256)
STATISTICS = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--config', default=ROOT / 'configs/_base_/datasets/kinetics400.py',
        help='with train_pipeline and test_pipeline of video files')
    parser.add_argument('--splits', nargs='+', default=['train', 'test'])
    parser.add_argument('--videos', nargs='+', help='instead of drawn ones')
    parser.add_argument('--size', nargs=2, type=int, default=(256, 340),
                        metavar=('HEIGHT', 'WIDTH'), help='of drawn videos')
    parser.add_argument('--frames', nargs='+', type=int,
                        default=[300, 171, 240, 300],
                        help='of drawn videos, in turn')
    parser.add_argument('--gop', type=int, default=250,
                        help='most frames from keyframe to keyframe')
    parser.add_argument('--count', type=int, default=4, help='drawn videos')
    parser.add_argument('--batch-size', type=int, default=4)
    parser.add_argument('--workers', type=int, default=0,
                        help='of a data loader; 0: in this process')
    parser.add_argument('--no-huge-pages', action='store_true',
                        help='for this process, as on machines without them')
    parser.add_argument('--repeats', type=int, default=1,
                        help='how often a round reads each video')
    parser.add_argument('--warmup', type=int, default=1)
    parser.add_argument('--rounds', type=int, default=11)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--json', help='file for all numbers')
    parser.add_argument('--out', help='file for the table')
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
    parts = {
        STOCK: (stock_pipeline(pipeline), pseudo_collate, ours),
        OURS: (pipeline, video_collate, ours),
        TSM: (tsm_pipeline(pipeline), pseudo_collate, tsm)
    }
    return {
        label: make_step(Clips(steps, videos), collate, preprocessor, args)
        for label, (steps, collate, preprocessor) in parts.items()
    }


def largest_difference(pipeline, videos, seed):
    """Of pixels, between ours and stock, 0..255."""
    clips = []
    for steps in (pipeline, stock_pipeline(pipeline)):
        random.seed(seed)
        np.random.seed(seed)
        clips.append([clip['inputs'] for clip in Clips(steps, videos)])
    return max(
        int((a.short() - b.short()).abs().max()) for a, b in zip(*clips))


def watched(step, record):
    """The step, noting what it used."""

    def run():
        before = usage()
        step()
        record.append(usage() - before)

    return run


def measure(split, pipeline, videos, args):
    """Times, and the median usage per clip of each variant."""
    videos = videos * args.repeats
    steps = variants(pipeline, videos, args)
    records = {label: [] for label in steps}
    result = compare(
        f'{split} pipeline',
        {label: watched(step, records[label])
         for label, step in steps.items()}, len(videos), args.rounds,
        args.warmup, STOCK)
    rounds = slice(args.warmup, args.warmup + args.rounds)
    per_clip = {
        label: np.median(record[rounds], axis=0) / len(videos)
        for label, record in records.items()
    }
    return result, {
        label: dict(minor_faults=faults, user_ms=1e3 * user,
                    system_ms=1e3 * system)
        for label, (faults, user, system) in per_clip.items()
    }


def usage_table(split, per_clip):
    lines = [f'**{split} pipeline, usage per clip**', '',
             '| variant | minor page faults | user ms | system ms |',
             '|---|--:|--:|--:|']
    for label, used in per_clip.items():
        lines.append(
            f'| {label} | {used["minor_faults"]:.0f} | '
            f'{used["user_ms"]:.1f} | {used["system_ms"]:.1f} |')
    return '\n'.join(lines) + '\n'


def describe(args, videos, differences):
    """How it was measured."""
    pages = ', '.join(f'{k} {v}' for k, v in page_settings().items())
    if args.no_huge_pages:
        pages += '; off for this process'
    drawn = (f'{args.count} drawn files, H.264, {args.size[0]} x '
             f'{args.size[1]}, {args.frames} frames in turn, keyframes at '
             f'most {args.gop} frames apart')
    where = f'{args.workers} workers' if args.workers else 'in one process'
    return '\n'.join([
        f'- {Path(args.config).name}: file to batch (transforms, '
        f'collation, preprocessor), batches of {args.batch_size}, {where}, '
        f'one thread for each; median and quartiles of {args.rounds} rounds '
        'in turns, ratios in pairs. Memory: of this process alone.',
        f'- Videos: {", ".join(videos) if args.videos else drawn}.',
        '- Largest difference of a pixel between stock and ours, 0..255: ' +
        ', '.join(f'{split} {n}' for split, n in differences.items()) + '.',
        f'- Transparent huge pages: {pages}.',
        f'- {hardware_name("cpu")}, torch {torch.__version__}, '
        f'PyAV {av.__version__}, OpenCV {cv2.__version__}.'
    ]) + '\n'


def main():
    args = parse_args()
    init_default_scope('mmaction')
    if args.no_huge_pages:
        disable_huge_pages()
    # As in a data loader's worker
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    cfg = Config.fromfile(args.config)
    with tempfile.TemporaryDirectory() as folder:
        videos = args.videos or write_videos(Path(folder), args)
        pipelines = {split: cfg[f'{split}_pipeline'] for split in args.splits}
        results, used = {}, {}
        for split, pipeline in pipelines.items():
            results[split], used[split] = measure(split, pipeline, videos,
                                                  args)
        differences = {
            split: largest_difference(pipeline, videos, args.seed)
            for split, pipeline in pipelines.items()
        }
    tables = []
    for split, result in results.items():
        tables += [
            dataclasses.replace(result, baseline=baseline).markdown()
            for baseline in (STOCK, TSM)
        ]
        tables.append(usage_table(split, used[split]))
    text = '\n'.join([*tables, describe(args, videos, differences)])
    print(text, end='')
    if args.out is not None:
        Path(args.out).write_text(text)
    if args.json is not None:
        save_json(
            args.json,
            'cpu',
            dict(vars(args), config=Path(args.config).name),
            results={
                split: result.as_dict()
                for split, result in results.items()
            },
            usage_per_clip=used,
            page_settings=page_settings(),
            largest_difference=differences)


if __name__ == '__main__':
    main()
