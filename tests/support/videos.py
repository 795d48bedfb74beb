"""Small video files, made with PyAV."""

import io

import av
import cv2
import numpy as np

DIGIT_PX = 16  # side of a block of ``draw_numbers``
DIGITS = 6


def draw(num_frames, height, width, seed=0):
    """(T, H, W, 3) uint8: a smooth pattern that drifts, and a little noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (9, 12, 3)).astype(np.float32)
    ground = cv2.resize(
        coarse, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    frames = []
    for t in range(num_frames):
        x, y = (t * width // 60) % width, (t * height // 90) % height
        image = ground[y:y + height, x:x + width]
        frames.append(image + rng.normal(0, 4, (height, width, 1)))
    return np.clip(frames, 0, 255).astype(np.uint8)


def draw_numbers(num_frames, height=48, width=96):
    """(T, H, W, 3) uint8: along the top the frame's number as blocks, lowest
    bit first, white is 1; below, a moving square."""
    frames = np.full((num_frames, height, width, 3), 90, np.uint8)
    frames[..., 0] = np.arange(width)
    for t, image in enumerate(frames):
        for bit in range(DIGITS):
            columns = slice(DIGIT_PX * bit, DIGIT_PX * (bit + 1))
            image[:DIGIT_PX, columns] = 235 if t >> bit & 1 else 16
        left = 5 * t % (width - 20)
        image[20:height - 6, left:left + 20] = 200, 9 * t % 256, 60
    return frames


def read_number(image):
    """The number of a frame of ``draw_numbers``, from its image."""
    blocks = np.asarray(image)[:DIGIT_PX, :DIGIT_PX * DIGITS].reshape(
        DIGIT_PX, DIGITS, DIGIT_PX, 3)
    means = blocks[4:-4, :, 4:-4].mean(axis=(0, 2, 3))
    return sum(int(mean > 128) << bit for bit, mean in enumerate(means))


def write(path, frames, codec='libx264', pix_fmt='yuv420p', format=None,
          container_options=None, **options):
    """Encode frames into a file; options are the encoder's.

    Args:
        path: a path, or an open file.
        format: FFmpeg's name of the container; None: by the path.
    """
    with av.open(path if isinstance(path, io.IOBase) else str(path), 'w',
                 format=format, container_options=container_options) as file:
        encode(file, add_stream(file, frames, codec, pix_fmt, **options),
               frames)
    return path


def add_stream(file, frames, codec='libx264', pix_fmt='yuv420p', **options):
    """Add a stream for frames to a file that is written."""
    stream = file.add_stream(codec, rate=25)
    stream.height, stream.width = frames[0].shape[:2]
    stream.pix_fmt = pix_fmt
    if codec == 'libx264':  # 'mbtree' gives another file each time
        options = {'mbtree': '0', **options}
    stream.options = options
    return stream


def encode(file, stream, frames):
    for image in frames:
        frame = av.VideoFrame.from_ndarray(image, format='rgb24')
        file.mux(stream.encode(frame))
    file.mux(stream.encode())


def decode_in_order(path):
    """(T, H, W, 3) uint8: all frames of FFmpeg's best video stream."""
    with av.open(str(path)) as file:
        stream = file.streams.best('video')
        return np.stack([frame.to_ndarray(format='rgb24')
                         for frame in file.decode(stream)])


def write_with_sound(path, frames, sound, sample_rate=16000, codec='aac',
                     layout='mono', container_options=None, **options):
    """A file with a second stream, (channels, samples) float32 sound."""
    with av.open(str(path), 'w',
                 container_options=container_options) as file:
        stream = add_stream(file, frames, **options)
        audio = file.add_stream(codec, rate=sample_rate, layout=layout)
        encode(file, stream, frames)
        for first in range(0, sound.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[:, first:first + 1024]),
                format='fltp', layout=layout)
            frame.sample_rate, frame.pts = sample_rate, first
            file.mux(audio.encode(frame))
        file.mux(audio.encode())
    return path
