"""Pictures, videos and pages of a model's sampling, from a checkpoint."""

import copy
import inspect
import os
from functools import partial
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.datasets import BaseActionDataset
from mmaction.datasets.transforms import PackActionInputs
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from rich.progress import track

from .._checks import require, require_choice, require_int
from ..datasets.array_pipeline import kind_of
from .movie import write_movie
from .page import write_page
from .sampling_figure import sampling_figure
from .seen import Seen, raw_views, return_seen, seen_by

# name of each video to draw, and a function that reads its sample
Samples = List[Tuple[str, Callable[[], dict]]]
VIDEO_SUFFIXES = ('.avi', '.m4v', '.mkv', '.mov', '.mp4', '.mpg', '.ts',
                  '.webm', '.wmv')


def draw(cfg: Config, checkpoint: str, out_dir: str,
         videos: Sequence[str] = (), num_samples: int = 12,
         classes: Optional[Sequence[str]] = None, device: str = 'cpu',
         formats: Sequence[str] = ('png', 'mp4', 'html'),
         indices: Optional[Sequence[int]] = None) -> List[Path]:
    """Draw video files, or videos of the config's test data set.

    Args:
        cfg: config with ``model`` and ``test_dataloader``.
        checkpoint: file with the weights.
        out_dir: folder of the pictures, made if needed.
        videos: paths of files, or of folders whose videos are drawn, for the
            config's test pipeline; empty: draw the test data set.
        num_samples: how many videos of the data set, evenly spread over it.
        classes: class names; None: those that the data set or the
            checkpoint holds, or numbers.
        device: where the network runs.
        formats: ``'png'``: the picture of :func:`sampling_figure`; ``'mp4'``:
            the video of :func:`write_movie`; ``'html'``: the page of
            :func:`write_page`.
        indices: numbers of videos of the data set to draw instead.

    Returns:
        the files, in the order of ``formats`` for each view of a video.

    Raises:
        FileNotFoundError: if a video does not exist.
        ValueError: if nothing is known of what the model looks at, a folder
            has no videos, or the names of the classes do not fit.
        RuntimeError: if the weights are those of another network.
    """
    require_int('num_samples', num_samples)
    for name in formats:
        require_choice('formats', name, FORMATS)
    files = video_files(videos)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    model, stored = load_model(cfg, checkpoint, device)
    return_seen(model)
    dataset = copy.deepcopy(cfg.test_dataloader.dataset)
    pack_timing(dataset.pipeline)
    if files:
        samples = _file_samples(dataset.pipeline, files)
    else:
        dataset = DATASETS.build(dataset)
        stored = stored or dataset.metainfo.get('classes')
        samples = _data_samples(dataset, num_samples, indices)
    folder, paths = Path(out_dir), []
    folder.mkdir(parents=True, exist_ok=True)
    for name, read in track(samples, description=f'Drawing {folder}'):
        sample = read()
        with torch.no_grad():
            prediction = model.test_step(pseudo_collate([sample]))[0]
        paths += write_drawings(folder / name, model, sample, prediction,
                                classes or stored, formats)
    return paths


def write_drawings(stem: Path, model: BaseModel, sample: dict,
                   prediction: ActionDataSample,
                   classes: Optional[Sequence[str]] = None,
                   formats: Sequence[str] = ('png', 'mp4', 'html')
                   ) -> List[Path]:
    """Draw each view of a video.

    Args:
        stem: path of the files without their suffixes.
        model: the network, in eval mode.
        sample: of the video, as the pipeline packs it.
        prediction: of the model for it, with ``sampling_grid``.
        classes, formats: as of :func:`draw`.

    Returns:
        the files, in the order of ``formats`` for each view.
    """
    views = raw_views(model, sample['inputs'], sample['data_samples'])
    paths: List[Path] = []
    for i, view in enumerate(views):
        suffix = f'_view{i}' if len(views) > 1 else ''
        seen = with_timing(
            seen_by(model, view.transpose(0, 1), prediction, i, classes),
            prediction)
        for kind in formats:
            paths.append(stem.with_name(f'{stem.name}{suffix}.{kind}'))
            WRITERS[kind](paths[-1], seen, stem.name)
    return paths


def _write_picture(path: Path, seen: Seen, title: str) -> None:
    sampling_figure(seen, title).savefig(path, dpi=110)


WRITERS = dict(png=_write_picture, mp4=write_movie, html=write_page)
FORMATS = tuple(WRITERS)


def pack_timing(pipeline: Sequence[dict]) -> None:
    """Let a pipeline pack what says when its frames are in the video.

    Args:
        pipeline: its steps, which are changed; also those within a step.
    """
    default = inspect.signature(PackActionInputs).parameters[
        'meta_keys'].default
    for step in pipeline:
        if kind_of(step) == 'PackActionInputs':
            step['meta_keys'] = [
                *step.get('meta_keys', default), 'avg_fps', 'frame_interval',
                'frame_inds', 'start_index']
        pack_timing(step.get('pipeline', ()))


def with_timing(seen: Seen, prediction: ActionDataSample) -> Seen:
    """Fill in the rate of the frames and when they start, where known."""
    meta = prediction.metainfo
    if seen.fps or not meta.get('avg_fps'):
        return seen
    frames = np.ravel(meta.get('frame_inds', [0]))[:len(seen.frames)]
    first = int(frames[0]) - meta.get('start_index', 0)
    interval = meta.get('frame_interval') or 1
    if 1 < len(frames) == len(seen.frames):  # of segments, they are farther
        interval = max(interval, float(frames[-1] - frames[0])
                       / (len(frames) - 1))
    return seen._replace(fps=meta['avg_fps'] / interval,
                         start=first / meta['avg_fps'])


def file_stem(index: int, name: str) -> str:
    """Number and name of a video, as text that any file system takes.

    Bytes that are no UTF-8 become a question mark, and long names are cut:
    file systems allow 255 bytes, suffixes included.
    """
    text = os.fsencode(name).decode('utf-8', errors='replace')
    short = text.encode()[:200].decode('utf-8', errors='ignore')
    return f'{index:05d}_{short}'


def video_files(paths: Sequence[str]) -> List[str]:
    """Files, and the videos in folders and their folders, sorted.

    Raises:
        FileNotFoundError: if a path does not exist.
        ValueError: if a folder has no videos.
    """
    files = []
    for path in map(Path, paths):
        require(path.exists(), 'videos', path, 'an existing file or folder',
                'Check the path.', FileNotFoundError)
        found = [path] if path.is_file() else sorted(
            file for file in path.rglob('*')
            if file.suffix.lower() in VIDEO_SUFFIXES)
        require(found, 'videos', f'{path} without a video',
                f'a folder with files ending in {", ".join(VIDEO_SUFFIXES)}',
                'Name the files instead.')
        files += map(str, found)
    return files


def _file_samples(pipeline: List[dict], files: Sequence[str]) -> Samples:
    """Of video files."""
    read = Compose(pipeline)
    info = dict(label=-1, start_index=0, modality='RGB')
    return [(file_stem(i, Path(file).stem),
             partial(read, dict(info, filename=file)))
            for i, file in enumerate(files)]


def _data_samples(dataset: BaseActionDataset, number: int,
                  indices: Optional[Sequence[int]]) -> Samples:
    """Of some videos of a data set."""
    number = min(number, len(dataset))
    if indices is None:
        indices = [i * len(dataset) // number for i in range(number)]
    return [(file_stem(i, video_path(dataset, i).stem),
             partial(dataset.__getitem__, i)) for i in indices]


def video_path(dataset: BaseActionDataset, index: int) -> Path:
    """File or folder of raw frames of a video; its number without any."""
    info = dataset.get_data_info(index)
    return Path(str(info.get('filename') or info.get('frame_dir') or index))


def load_model(cfg: Config, checkpoint: str, device: str
               ) -> Tuple[BaseModel, Optional[List[str]]]:
    """The network, and the class names that the checkpoint holds."""
    model = MODELS.build(cfg.model)
    # strict: with weights of another network the results would be wrong.
    loaded = load_checkpoint(model, checkpoint, map_location='cpu',
                             strict=True)
    return model.to(device).eval(), stored_classes(loaded)


def stored_classes(checkpoint: dict) -> Optional[List[str]]:
    """Class names of a checkpoint; None: its data set had none."""
    meta = checkpoint.get('meta', {}).get('dataset_meta') or {}
    return meta.get('classes')
