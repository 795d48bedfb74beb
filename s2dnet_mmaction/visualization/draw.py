"""Pictures, videos and pages of a model's sampling, from a checkpoint."""

import copy
from functools import partial
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Tuple

import torch
from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from rich.progress import track
from torch import Tensor

from .._checks import require, require_choice, require_int
from ..models import S2DNet
from .movie import write_movie
from .page import write_page
from .sampling_figure import raw_views, sampling_figure
from .seen import Seen, return_seen, seen_by

FORMATS = ('png', 'mp4', 'html')
VIDEO_SUFFIXES = ('.avi', '.m4v', '.mkv', '.mov', '.mp4', '.mpg', '.ts',
                  '.webm', '.wmv')


def draw(cfg: Config, checkpoint: str, out_dir: str,
         videos: Sequence[str] = (), num_samples: int = 12,
         classes: Optional[Sequence[str]] = None, device: str = 'cpu',
         formats: Sequence[str] = FORMATS,
         indices: Optional[Sequence[int]] = None) -> List[Path]:
    """Draw video files, or videos of the config's test data set.

    Args:
        cfg: config with ``model`` and ``test_dataloader``.
        checkpoint: file with the weights.
        out_dir: folder of the pictures, made if needed.
        videos: paths of files, or of folders whose videos are drawn, for the
            config's test pipeline; empty: draw the test data set.
        num_samples: how many videos of the data set, evenly spread over it.
        classes: class names; None: those that the checkpoint holds, or
            numbers.
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
    model, stored = _load_model(cfg, checkpoint, device)
    classes = classes or stored
    samples = _samples(cfg.test_dataloader.dataset, files, num_samples,
                       indices)
    folder, paths = Path(out_dir), []
    folder.mkdir(parents=True, exist_ok=True)
    for name, read in track(samples, description=f'Drawing {folder}'):
        sample = read()
        with torch.no_grad():
            prediction = model.test_step(pseudo_collate([sample]))[0]
        paths += write_drawings(folder / name, model, sample, prediction,
                                classes, formats)
    return paths


def write_drawings(stem: Path, model: BaseModel, sample: dict,
                   prediction: ActionDataSample,
                   classes: Optional[Sequence[str]] = None,
                   formats: Sequence[str] = FORMATS) -> List[Path]:
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
    views, paths = raw_views(sample['inputs'], sample['data_samples']), []
    for i, view in enumerate(views):
        suffix = f'_view{i}' if len(views) > 1 else ''
        for kind in formats:
            paths.append(stem.with_name(f'{stem.name}{suffix}.{kind}'))
            _WRITERS[kind](paths[-1], model, view.transpose(0, 1),
                           prediction, i, classes)
    return paths


def _write_png(path: Path, model: BaseModel, frames: Tensor,
               prediction: ActionDataSample, view: int,
               classes: Optional[Sequence[str]]) -> None:
    require(isinstance(model, S2DNet), 'formats', f'png of a '
            f'{type(model).__name__}', 'mp4 or html: the picture is one of '
            'S2DNet', 'Leave png out.')
    grid = {k: v[view] for k, v in prediction.sampling_grid.items()}
    figure = sampling_figure(model, frames, grid, _title(prediction, classes))
    figure.savefig(path, dpi=110)


def _write_seen(write: Callable[[Path, Seen, str], None], path: Path,
                model: BaseModel, frames: Tensor,
                prediction: ActionDataSample, view: int,
                classes: Optional[Sequence[str]]) -> None:
    write(path, seen_by(model, frames, prediction, view, classes,
                        _frames_per_second(prediction)), path.stem)


_WRITERS = dict(png=_write_png, mp4=partial(_write_seen, write_movie),
                html=partial(_write_seen, write_page))


def keep_frame_rate(pipeline: List[dict]) -> None:
    """Let a pipeline pack what tells the frames per second."""
    for step in pipeline:
        if step['type'] == 'PackActionInputs':
            step['meta_keys'] = [
                *step.get('meta_keys', ()), 'avg_fps', 'frame_interval']


def _frames_per_second(prediction: ActionDataSample) -> Optional[float]:
    """Of the frames that the pipeline kept; None: the file has no rate."""
    meta = prediction.metainfo
    if not meta.get('avg_fps'):
        return None
    return meta['avg_fps'] / (meta.get('frame_interval') or 1)


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


def _samples(config: dict, videos: Sequence[str], number: int,
             indices: Optional[Sequence[int]]
             ) -> List[Tuple[str, Callable[[], dict]]]:
    """Name of each video to draw, and a function that reads its sample."""
    config = copy.deepcopy(config)
    keep_frame_rate(config.pipeline)
    if videos:
        pipeline = Compose(config.pipeline)
        info = dict(label=-1, start_index=0, modality='RGB')
        return [(f'{i:05d}_{Path(video).stem}',
                 partial(pipeline, dict(info, filename=str(video))))
                for i, video in enumerate(videos)]
    dataset, samples = DATASETS.build(config), []
    number = min(number, len(dataset))
    if indices is None:
        indices = [i * len(dataset) // number for i in range(number)]
    for index in indices:
        samples.append((f'{index:05d}_{video_path(dataset, index).stem}',
                        partial(dataset.__getitem__, index)))
    return samples


def video_path(dataset: BaseActionDataset, index: int) -> Path:
    """File or folder of raw frames of a video; its number without any."""
    info = dataset.get_data_info(index)
    return Path(str(info.get('filename') or info.get('frame_dir') or index))


def _load_model(cfg: Config, checkpoint: str, device: str
                ) -> Tuple[BaseModel, Optional[List[str]]]:
    """The network, and the class names that the checkpoint holds."""
    model = MODELS.build(cfg.model)
    return_seen(model)
    # strict: with weights of another network the pictures would be wrong.
    loaded = load_checkpoint(model, checkpoint, map_location='cpu',
                             strict=True)
    return model.to(device).eval(), stored_classes(loaded)


def stored_classes(checkpoint: dict) -> Optional[List[str]]:
    """Class names of a checkpoint; None: its data set had none."""
    meta = checkpoint.get('meta', {}).get('dataset_meta') or {}
    return meta.get('classes')


def _title(prediction: ActionDataSample,
           classes: Optional[Sequence[str]]) -> str:
    """Truth, answer and the synopsis net's likely actions, with scores."""
    names = classes or [
        f'class {i}' for i in range(len(prediction.pred_score))
    ]

    def scored(label: int, scores: Tensor) -> str:
        return f'{names[label]} ({float(scores[label]):.2f})'

    truth, answer = prediction.gt_label, int(prediction.pred_label)
    title = f'answer: {scored(answer, prediction.pred_score)}\nsynopsis: '
    if truth.numel() == 1 and int(truth) >= 0:
        title = f'truth: {names[int(truth)]}   {title}'
    return title + '; '.join(
        scored(label, prediction.synopsis_score)
        for label in prediction.topk_label.tolist()[:5])
