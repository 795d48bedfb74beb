"""Small video files of moving content, made with PyAV."""

import av
import cv2
import numpy as np


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


def write(path, frames, codec='libx264', pix_fmt='yuv420p', **options):
    """Encode frames; options are the encoder's."""
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.options = options
        for image in frames:
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
