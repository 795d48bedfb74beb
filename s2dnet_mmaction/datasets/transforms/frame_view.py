"""What a sampler of images sees of a clip: a few small frames."""

from typing import List

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose
from torch import Tensor

from ..._checks import require, require_int


@TRANSFORMS.register_module()
class FrameView:
    """A view for :class:`SkimFirst`: frames in the middle of equal parts.

    Args:
        num_frames: F of each clip, at most its length.
        pipeline: transforms from decoding to
            ``FormatShape(input_format='NCHW')``, which give one view of
            small frames.

    Raises:
        TypeError: if ``num_frames`` is no int.
        ValueError: if it is below 1, or above the frames of a clip.
    """

    def __init__(self, num_frames: int, pipeline: List[dict]) -> None:
        require_int('num_frames', num_frames)
        self.num_frames = num_frames
        self.pipeline = Compose(list(map(TRANSFORMS.build, pipeline)))

    def read(self, results: dict, candidates: np.ndarray) -> Tensor:
        """Read the frames of some candidates.

        Args:
            results: with an open video, or where the frames are.
            candidates: (n, clip_len) numbers of frames.

        Returns:
            (n, F, C, H, W) uint8.
        """
        number, clip_len = candidates.shape
        require(self.num_frames <= clip_len, 'num_frames', self.num_frames,
                f'at most {clip_len}, the frames of a clip', 'Lower it.')
        places = (2 * np.arange(self.num_frames) + 1) * clip_len // (
            2 * self.num_frames)
        results = self.pipeline(dict(
            results, frame_inds=candidates[:, places].ravel(),
            clip_len=self.num_frames, num_clips=number))
        require(results is not None, 'pipeline of a view',
                'None for a video', 'its frames',
                'Repair the video or remove it from the annotation file.')
        frames = torch.from_numpy(np.ascontiguousarray(results['imgs']))
        require(
            frames.dim() == 4 and len(frames) == number * self.num_frames,
            'pipeline of a view', tuple(frames.shape),
            f'{number * self.num_frames} frames (C, H, W)', 'End it with '
            "FormatShape(input_format='NCHW'), and take one crop.")
        return frames.unflatten(0, (number, self.num_frames))

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(num_frames={self.num_frames}, '
                f'pipeline={self.pipeline})')
