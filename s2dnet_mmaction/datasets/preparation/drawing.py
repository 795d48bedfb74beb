"""Helpers of the drawn data sets: classes, background, files, folders."""

import json
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import av
import cv2
import numpy as np

from ..._checks import require

FPS = 16
# Stripes of the disc: name -> direction (x, y) in which the brightness changes
MEMBERS = dict(
    horizontal=(0.0, 1.0), vertical=(1.0, 0.0), diagonal=(0.7071, 0.7071))
# Accuracy that a model can reach if it does not see the stripes
BLIND_CEILING = 1 / len(MEMBERS)


class Video(NamedTuple):
    """One drawn video.

    Attributes:
        frames: (T, H, W, 3) uint8 RGB.
        label: class index.
        place: (t, y, x) of the detail, relative in [-1, 1]: -1 is the first
            sample, +1 the last; None if it is not recorded.
    """
    frames: np.ndarray
    label: int
    place: Optional[Tuple[float, float, float]] = None


def class_names(groups: Dict[str, Any]) -> List[str]:
    """Names in the order of the labels: all members of a group in a row."""
    return [f'{group} disc, {member} stripes'
            for group in groups for member in MEMBERS]


def write_lines(path: Path, lines: List[str]) -> None:
    """Write a text file."""
    path.write_text(''.join(f'{line}\n' for line in lines))


def mottle(size_px: int, rng: np.random.Generator) -> np.ndarray:
    """(H, W) smooth noise in [-1, 1], the background of a scene."""
    coarse = rng.uniform(-1, 1, (9, 9)).astype(np.float32)
    return cv2.resize(
        coarse, (size_px, size_px), interpolation=cv2.INTER_CUBIC)


def write_video(path: Path, frames: np.ndarray, codec: str = 'libx264',
                num_threads: Optional[int] = None,
                x264_params: Optional[str] = None) -> None:
    """Encode frames with PyAV.

    Args:
        path: of the file.
        frames: (T, H, W, 3) uint8 RGB.
        codec: ``'libx264'`` or ``'mpeg4'``.
        num_threads: of the encoder; None: its own choice.
        x264_params: more options of libx264, ``name=value:...``.
    """
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = 'yuv420p'
        if num_threads is not None:
            stream.codec_context.thread_count = num_threads
        if codec == 'libx264':
            options = dict(crf='18', preset='veryfast')
            if x264_params is not None:
                options['x264-params'] = x264_params
            stream.options = options
        else:
            stream.bit_rate = 2_000_000
        for image in frames:
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_whole(root: str, recipe: Dict[str, Any],
                fill: Callable[[Path], None]) -> bool:
    """Make a folder that appears once it is complete.

    If it exists with the same recipe in its ``dataset.json``, nothing is
    written.

    Args:
        root: folder to make.
        recipe: options of the data set, for ``dataset.json``.
        fill: writes all other files into the folder it is given.

    Returns:
        whether anything was written.

    Raises:
        ValueError: if ``root`` holds something else.
    """
    target = Path(root)
    text = json.dumps(recipe, indent=2)
    if target.exists() and any(target.iterdir()):
        found = target / 'dataset.json'
        same = found.is_file() and json.loads(
            found.read_text()) == json.loads(text)
        require(same, 'root', f'{target}, which holds something else',
                f'an empty folder or the data set {recipe}',
                'Remove the folder or name another.')
        return False

    partial = target.with_name(target.name + '.partial')
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    fill(partial)
    (partial / 'dataset.json').write_text(text)
    if target.exists():
        target.rmdir()  # empty, see above
    partial.rename(target)
    return True
