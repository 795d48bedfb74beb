"""Drawn videos for benchmarks, as hard to decode as filmed ones."""

import av
import cv2
import numpy as np

FPS = 30


def draw(num_frames, height, width, seed):
    """Frames (H, W, 3) uint8: moving textured rectangles, and noise."""
    rng = np.random.default_rng(seed)
    ground = texture(2 * height, 2 * width, rng)
    part = height // 3, width // 4
    patches = [texture(*part, rng) for _ in range(3)]
    paths = rng.uniform(0.5, 2, (3, 2)), rng.uniform(0, 6, (3, 2))
    drift = rng.uniform(-0.6, 0.6, 2)  # pixels from frame to frame
    for t in range(num_frames):
        shift = np.array([width, height]) / 2 + drift * t
        image = cv2.warpAffine(
            ground, np.float32([[1, 0, -shift[0]], [0, 1, -shift[1]]]),
            (width, height), borderMode=cv2.BORDER_REFLECT)
        for patch, speed, phase in zip(patches, *paths):
            place = (1 + np.sin(speed * t / 20 + phase)) / 2  # y, x in [0, 1]
            y, x = (place * (height - part[0], width - part[1])).astype(int)
            image[y:y + part[0], x:x + part[1]] = patch
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


def add_video_options(parser, num_frames):
    """Add the options of the drawn videos, with this default length."""
    parser.add_argument('--size', nargs=2, type=int, default=(256, 340),
                        metavar=('HEIGHT', 'WIDTH'), help='of drawn videos')
    parser.add_argument('--frames', nargs='+', type=int, default=num_frames,
                        help='of drawn videos, in turn')
    parser.add_argument('--count', type=int, default=4, help='drawn videos')


def describe_videos(args):
    return (f'{args.count} drawn videos of {args.size[0]} x {args.size[1]}, '
            f'{args.frames} frames in turn')


def draw_videos(args):
    """The frames of each video, drawn one by one."""
    for i in range(args.count):
        yield draw(args.frames[i % len(args.frames)], *args.size,
                   [args.seed, i])


# Ending of the name, encoder, its options.
FORMATS = dict(
    h264=('mp4', 'libx264', dict(crf='23', preset='medium')),
    xvid=('avi', 'mpeg4', dict(bf='2', global_quality='4', flags='qscale')))


def write_videos(folder, args, gop, kind='h264'):
    """Write video files, keyframes about ``gop`` frames apart at most.

    Args:
        kind: ``'h264'`` in MP4, or ``'xvid'``: MPEG-4 in AVI with B-frames.

    Returns:
        their paths.
    """
    ending, encoder, options = FORMATS[kind]
    paths = []
    for i, frames in enumerate(draw_videos(args)):
        paths.append(str(folder / f'{i:03d}.{ending}'))
        with av.open(paths[-1], 'w') as container:
            stream = container.add_stream(encoder, rate=FPS)
            stream.height, stream.width = args.size
            stream.pix_fmt = 'yuv420p'
            stream.options = dict(options, g=str(gop))
            for image in frames:
                frame = av.VideoFrame.from_ndarray(image, format='rgb24')
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    return paths


def write_images(folder, args):
    """Write folders of JPEG files; returns their paths."""
    paths = []
    for i, frames in enumerate(draw_videos(args)):
        paths.append(folder / str(i))
        paths[-1].mkdir(parents=True)
        for t, image in enumerate(frames, 1):
            file = paths[-1] / f'img_{t:05}.jpg'
            cv2.imwrite(str(file), image[..., ::-1])
    return paths
