"""From video files to batches: clips per second of the shipped pipelines, of
the same work by the host's stock transforms, and of the host's TSM, 8 frames.

Files are drawn, H.264, unless --videos names some.
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
HOST_TWINS = dict(ClipInit='DecordInit', ClipDecode='DecordDecode')
# TSM's crops of the whole short side; ours are smaller
HOST_CROPS = dict(type='ThreeCrop', crop_size=256)
STATISTICS = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
FPS = 30


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
    parser.add_argument('--repeats', type=int, default=1,
                        help='how often a round reads each video')
    parser.add_argument('--warmup', type=int, default=1)
    parser.add_argument('--rounds', type=int, default=11)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--json', help='file for all numbers')
    parser.add_argument('--out', help='file for the table')
    return parser.parse_args()


def draw(num_frames, height, width, seed):
    """Frames (H, W, 3) uint8: textured things that move, and noise."""
    rng = np.random.default_rng(seed)
    ground = texture(2 * height, 2 * width, rng)
    part = height // 3, width // 4
    things = [texture(*part, rng) for _ in range(3)]
    paths = rng.uniform(0.5, 2, (3, 2)), rng.uniform(0, 6, (3, 2))
    drift = rng.uniform(-0.6, 0.6, 2)  # pixels from frame to frame
    for t in range(num_frames):
        shift = np.array([width, height]) / 2 + drift * t
        image = cv2.warpAffine(
            ground, np.float32([[1, 0, -shift[0]], [0, 1, -shift[1]]]),
            (width, height), borderMode=cv2.BORDER_REFLECT)
        for thing, speed, phase in zip(things, *paths):
            place = (1 + np.sin(speed * t / 20 + phase)) / 2  # y, x in [0, 1]
            y, x = (place * (height - part[0], width - part[1])).astype(int)
            image[y:y + part[0], x:x + part[1]] = thing
        noise = 3 * rng.standard_normal((height, width, 1), np.float32)
        yield (image + noise).clip(0, 255).astype(np.uint8)


def texture(height, width, rng):
    """(H, W, 3) float32 in 0..255, with detail of all sizes as in nature."""
    image = np.zeros((height, width, 3), np.float32)
    for octave in range(2, 8):
        cells = [max(2, side * 2**octave // 256) for side in (height, width)]
        coarse = rng.standard_normal((*cells, 3), np.float32)
        image += cv2.resize(
            coarse, (width, height),
            interpolation=cv2.INTER_CUBIC) / 2**octave
    return 255 * (image - image.min()) / np.ptp(image)


def write_videos(folder, args):
    paths = []
    for i in range(args.count):
        path = folder / f'{i:03d}.mp4'
        with av.open(str(path), 'w') as container:
            stream = container.add_stream('libx264', rate=FPS)
            stream.height, stream.width = args.size
            stream.pix_fmt = 'yuv420p'
            stream.options = dict(crf='23', preset='medium', g=str(args.gop))
            frames = draw(args.frames[i % len(args.frames)], *args.size,
                          [args.seed, i])
            for image in frames:
                frame = av.VideoFrame.from_ndarray(image, format='rgb24')
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        paths.append(str(path))
    return paths


def stock_pipeline(pipeline):
    """The same work by the host's stock transforms."""
    steps = []
    for step in pipeline:
        step = {name: value for name, value in step.items() if name != 'lazy'}
        step['type'] = HOST_TWINS.get(step['type'], step['type'])
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
            step = HOST_CROPS
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


def measure(split, pipeline, videos, args):
    steps = variants(pipeline, videos * args.repeats, args)
    return compare(f'{split} pipeline', steps, len(videos) * args.repeats,
                   args.rounds, args.warmup, STOCK)


def describe(args, videos, differences):
    """How it was measured."""
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
        f'- {hardware_name("cpu")}, torch {torch.__version__}, '
        f'PyAV {av.__version__}, OpenCV {cv2.__version__}.'
    ]) + '\n'


def main():
    args = parse_args()
    init_default_scope('mmaction')
    # As in a data loader's worker
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    cfg = Config.fromfile(args.config)
    with tempfile.TemporaryDirectory() as folder:
        videos = args.videos or write_videos(Path(folder), args)
        pipelines = {split: cfg[f'{split}_pipeline'] for split in args.splits}
        results = {
            split: measure(split, pipeline, videos, args)
            for split, pipeline in pipelines.items()
        }
        differences = {
            split: largest_difference(pipeline, videos, args.seed)
            for split, pipeline in pipelines.items()
        }
    tables = [
        dataclasses.replace(result, baseline=baseline).markdown()
        for result in results.values() for baseline in (STOCK, TSM)
    ]
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
            largest_difference=differences)


if __name__ == '__main__':
    main()
