"""A movie in TensorBoard."""

import io

import cv2
import numpy as np
from mmengine.visualization import TensorboardVisBackend, Visualizer
from PIL import Image

from .movie import frame_rate, movie_frames
from .seen import Seen

_SIZE = (640, 427)  # width and height in px: a third of the bytes
_MOST_FRAMES = 100


def add_movie(visualizer: Visualizer, name: str, seen: Seen, title: str,
              step: int) -> None:
    """Add a movie to the visualizer's TensorBoard, if it has one.

    It is an animated GIF under "Images", as ``SummaryWriter.add_video``
    writes it. That needs moviepy, which would be one more package for a
    conversion that Pillow does. Of more than 100 frames every n-th is taken.

    Args:
        visualizer: of a runner.
        name: of the movie.
        seen, title: see :func:`~.movie.movie_frames`.
        step: of the training.
    """
    backends = [backend for backend in visualizer._vis_backends.values()
                if isinstance(backend, TensorboardVisBackend)]
    if not backends:
        return
    # Here, because only this backend needs the package.
    from tensorboard.compat.proto.summary_pb2 import Summary
    image = Summary.Image(
        height=_SIZE[1], width=_SIZE[0], colorspace=3,
        encoded_image_string=_gif(seen, title))
    summary = Summary(value=[Summary.Value(tag=name, image=image)])
    for backend in backends:
        writer = backend.experiment
        writer._get_file_writer().add_summary(summary, step)
        writer.flush()


def _gif(seen: Seen, title: str) -> bytes:
    every = -(-len(seen.frames) // _MOST_FRAMES)
    pictures = [
        Image.fromarray(cv2.resize(picture, _SIZE,
                                   interpolation=cv2.INTER_AREA))
        for t, picture in enumerate(movie_frames(seen, title))
        if t % every == 0]
    file = io.BytesIO()
    pictures[0].save(
        file, 'gif', save_all=True, append_images=pictures[1:], loop=0,
        duration=np.round(1000 * every / frame_rate(seen)).astype(int).item())
    return file.getvalue()
