"""What a sampler sees of a frame: a feature that is there already."""

from pathlib import Path, PurePath
from typing import Tuple

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torch import Tensor

from ..decoding.known_candidates import positions_of
from ..decoding.video_source import name_of


@TRANSFORMS.register_module()
class FeatureInit(BaseTransform):
    """Read the length of a video from the file of its features.

    So that a training with :class:`FeatureView` opens no video.

    Added key: ``total_frames``, up to the last frame with a feature.

    Args:
        folder: as of :class:`FeatureView`.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def transform(self, results: dict) -> dict:
        """Add the length."""
        starts, _ = _read(self.folder, results)
        results['total_frames'] = int(starts[-1]) + 1
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(folder={self.folder!r})'


@TRANSFORMS.register_module()
class FeatureView:
    """A view for :class:`SkimFirst`: features from files.

    Samplers with a frozen extractor take features as well as frames.

    Args:
        folder: what ``tools/cache_features.py`` wrote: a file of each
            video, by the name of the video.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def read(self, results: dict, candidates: np.ndarray) -> Tensor:
        """Read the features of some candidates.

        Args:
            results: with ``filename`` or ``frame_dir``, and ``start_index``.
            candidates: (n, clip_len) numbers of frames.

        Returns:
            (n, d) float32.

        Raises:
            FileNotFoundError: if there are none of the video.
            ValueError: if there are none of a candidate.
        """
        starts, features = _read(self.folder, results)
        at = positions_of(candidates, results['start_index'], starts,
                          name_of(results))
        return torch.from_numpy(features[at].astype(np.float32))

    def __repr__(self) -> str:
        return f'{type(self).__name__}(folder={self.folder!r})'


def _read(folder: str, results: dict) -> Tuple[np.ndarray, np.ndarray]:
    """Starts (L,) and features (L, d) of a video."""
    path = Path(folder, f'{PurePath(name_of(results)).name}.npz')
    if not path.exists():
        raise FileNotFoundError(
            f'features: got no {path}, expected a file of each video. '
            'Write them with tools/cache_features.py.')
    with np.load(path) as file:
        return file['starts'], file['features']
