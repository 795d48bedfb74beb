"""Decoded frames beside the videos of a drawn data set.

For many short trainings without a GPU, which would decode each video again.
"""

import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Callable, List, Sequence

import cv2
import numpy as np
from rich.progress import track

from ..._checks import require, require_int
from ..decoding.video_file import VideoFile


def decode_dataset(root: str, num_jobs: int = 2) -> int:
    """Add ``root/decoded/<name>.npy`` for each video and close-up.

    A file is (T, H, W, 3) uint8 RGB, as ``ClipDecode`` gives it. For
    Telltale at its default size they take 5 GB. The folder appears once it
    is complete. Before, it is ``root/decoded.partial``, and a call that was
    interrupted can be repeated: it decodes only what is missing.

    Args:
        root: folder of the data set.
        num_jobs: number of processes.

    Returns:
        number of files written.

    Raises:
        TypeError: if ``num_jobs`` is no int.
        ValueError: if it is below 1 or ``root`` is no data set.
    """
    require_int('num_jobs', num_jobs)
    folder = Path(root)
    require((folder / 'dataset.json').is_file(), 'root', root,
            'a folder of the Telltale data set', 'Write it first.')
    paths = [path for kind in ('videos', 'closeups')
             for path in sorted((folder / kind).glob('*.mp4'))]
    target, unfinished = folder / 'decoded', folder / 'decoded.partial'
    if target.exists():
        if not _missing(target, paths):
            return 0
        # Files were removed from it: fill the gaps.
        shutil.rmtree(unfinished, ignore_errors=True)
        target.rename(unfinished)
    unfinished.mkdir(exist_ok=True)
    missing = _missing(unfinished, paths)
    run_jobs(partial(_decode_one, unfinished), missing, num_jobs, 'Decoding')
    unfinished.rename(target)
    return len(missing)


def run_jobs(work: Callable, items: Sequence, num_jobs: int,
             description: str) -> List[Any]:
    """Results of ``work`` for each item, in order, by several processes."""
    progress = partial(track, description=description, total=len(items))
    if num_jobs == 1:
        return list(progress(map(work, items)))
    with ProcessPoolExecutor(
            num_jobs, initializer=cv2.setNumThreads, initargs=(0, )) as pool:
        return list(progress(pool.map(work, items, chunksize=8)))


def _decoded(folder: Path, path: Path) -> Path:
    return folder / f'{path.stem}.npy'


def _missing(folder: Path, paths: List[Path]) -> List[Path]:
    """Videos without decoded frames in a folder."""
    return [path for path in paths if not _decoded(folder, path).exists()]


def _decode_one(folder: Path, path: Path) -> None:
    video = VideoFile(path.read_bytes(), str(path))
    frames = np.empty((len(video), *video.shape, 3), np.uint8)
    for n, image in video.frames(range(len(video))):
        frames[n] = image
    unfinished = _decoded(folder, path).with_suffix('.partial')
    with open(unfinished, 'wb') as file:
        np.save(file, frames)
    unfinished.rename(_decoded(folder, path))
