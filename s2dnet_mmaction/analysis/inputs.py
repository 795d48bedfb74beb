"""Network inputs, made from a raw video by a config's test pipeline."""

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

import numpy as np
import torch.nn as nn
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.config import Config
from torch import Tensor

from .._checks import require, require_int
from ..datasets.array_pipeline import from_array, kind_of, kinds_of

_FORMATS = {'NCTHW': 5, 'NCHW': 4}  # and their number of axes


@dataclass
class View:
    """One view of a video, as a dataset returns it.

    Attributes:
        frames: (1, C, T, H, W) for a pipeline that ends in ``'NCTHW'``,
            (T, C, H, W) for ``'NCHW'``.
        num_views: number of views of the whole test pipeline.
    """
    frames: Tensor
    num_views: int

    @property
    def extent(self) -> Tuple[int, int, int]:
        """(T, H, W)."""
        time = self.frames.size(-3 if self.frames.dim() == 5 else 0)
        return (time, *self.frames.shape[-2:])


def raw_video(num_frames: int = 300, size: Tuple[int, int] = (256, 340),
              seed: int = 0) -> np.ndarray:
    """A video of noise.

    Args:
        num_frames: T, at 30 frames per second.
        size: (H, W).
        seed: of the noise.

    Returns:
        (T, H, W, 3) uint8.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is below 1.
    """
    for name, number in zip(('frames', 'height', 'width'),
                            (num_frames, *size)):
        require_int(name, number)
    return np.random.default_rng(seed).integers(
        0, 256, (num_frames, *size, 3), dtype=np.uint8)


def array_pipeline(cfg: Config) -> List[dict]:
    """The test pipeline of a config, with an array in place of a file.

    Raises:
        ValueError: if the config has no test pipeline of RGB frames.
    """
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    while 'pipeline' not in dataset and 'dataset' in dataset:
        dataset = dataset['dataset']  # a wrapper like RepeatDataset
    pipeline = dataset.get('pipeline')
    require(pipeline, f'test_dataloader of {cfg.filename}', 'no pipeline',
            'the pipeline that the network is tested with',
            'Set test_dataloader.dataset.pipeline.')
    adapted = from_array(pipeline)
    num_decoders = list(kinds_of(adapted)).count('ArrayDecode')
    require(num_decoders == 1, f'test pipeline of {cfg.filename}',
            f'{num_decoders} decoders', 'one (a transform called *Decode)',
            'Only recognizers that take video frames are analysed.')
    return adapted


def one_view(cfg: Config, model: nn.Module, video: np.ndarray,
             crop: Optional[int] = None) -> View:
    """Run the test pipeline on a video and keep the first view.

    Args:
        cfg: the config.
        model: its model, whose number of segments is the number of frames
            per view where views and frames share an axis.
        video: (T, H, W, 3) uint8.
        crop: cut the view to this many pixels in height and width, about
            its centre; None: as the pipeline gives it.

    Raises:
        ValueError: if the pipeline does not return whole views of frames.
    """
    pipeline = array_pipeline(cfg)
    frames, num_sampled = _run(pipeline, video, cfg.filename)
    layout = next((step.get('input_format') for step in pipeline
                   if kind_of(step) == 'FormatShape'), None)
    name = f'test pipeline of {cfg.filename}'
    require(
        isinstance(frames, Tensor) and frames.dim() == _FORMATS.get(layout),
        name, f'{layout} {tuple(getattr(frames, "shape", ()))}',
        f'FormatShape to one of {list(_FORMATS)}',
        'Only recognizers that take video frames are analysed.')
    num_per_view = 1
    if layout == 'NCHW':  # the head or the backbone may set it
        modules = (getattr(model, n, None) for n in ('cls_head', 'backbone'))
        segments = [getattr(m, 'num_segments', None) for m in modules]
        num_per_view = next(filter(None, segments), num_sampled)
    require(
        len(frames) % num_per_view == 0, name, f'{len(frames)} frames',
        f'a multiple of num_segments={num_per_view}',
        'Let the pipeline sample as many frames as the model takes.')
    view = frames[:num_per_view]
    if crop is not None:
        view = _center_crop(view, crop)
    # A clone frees the other views and keeps the memory layout.
    return View(view.clone(), len(frames) // num_per_view)


def _run(pipeline: List[dict], video: np.ndarray,
         filename: str) -> Tuple[Any, int]:
    """The network's input and the number of frames sampled per view."""
    results: Any = dict(
        array=video, total_frames=len(video), start_index=0, modality='RGB',
        label=0, filename='synthetic',
        avg_fps=30.0)  # for pipelines with a target_fps
    num_sampled = 0
    np.random.seed(0)
    for transform in pipeline:
        try:
            results = TRANSFORMS.build(transform)(results)
        except KeyError as error:
            raise ValueError(
                f'test pipeline of {filename}: got {kind_of(transform)}, '
                f'which needs {error}, expected transforms of video frames. '
                'Only recognizers that take these are analysed.') from error
        if 'num_clips' in results:  # the last transform drops it
            num_sampled = results['num_clips'] * results['clip_len']
    return results['inputs'], num_sampled


def _center_crop(frames: Tensor, crop: int) -> Tensor:
    height, width = frames.shape[-2:]
    require_int('crop', crop)
    require(crop <= min(height, width), 'crop', crop,
            f"at most the views' {height} x {width} px",
            'Take a smaller crop.')
    top, left = (height - crop) // 2, (width - crop) // 2
    return frames[..., top:top + crop, left:left + crop]


def first_test_video(cfg: Config) -> Tensor:
    """Views (V, C, T, H, W) of the first video of a config's test data."""
    return first_test_sample(cfg)['inputs']


def first_test_sample(cfg: Config) -> dict:
    """The first video of a config's test data, as its pipeline packs it.

    Raises:
        ValueError: if it cannot be read.
    """
    dataset = cfg.test_dataloader.dataset
    try:
        return DATASETS.build(dataset)[0]
    except OSError as error:
        raise ValueError(
            f'test_dataloader.dataset: got {error}, expected its first '
            'video, whose size is taken. Set data_root and ann_file with '
            '--cfg-options.') from error
