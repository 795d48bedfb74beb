"""Frames of a video that are fetched once it is known which are needed."""

from typing import Callable, Optional, Sequence

import numpy as np
from torch import Tensor

from ..._checks import require


class FrameSource:
    """Opens a video again and runs its pipeline on chosen frames.

    Args:
        results: what the pipeline knew before it decoded the video.
        opener: opens the video; None if frames are files of their own.
        pipeline: decodes, cuts and formats frames; must leave nothing to
            chance.

    Attributes:
        num_frames: L, frames of the clip.
    """

    def __init__(self, results: dict, opener: Optional[Callable],
                 pipeline: Callable) -> None:
        # An open video cannot travel to another process.
        self._results = {
            name: value
            for name, value in results.items() if name != 'video_reader'
        }
        self._opener = opener
        self._pipeline = pipeline
        self.num_frames = len(results['frame_inds'])

    def read(self, positions: Sequence[int]) -> Tensor:
        """Frames of the clip.

        Args:
            positions: of the frames, 0 <= position < num_frames.

        Returns:
            (V, C, len(positions), H, W) uint8, of V views.
        """
        results = dict(self._results)
        if self._opener is not None:
            results = self._opener(results)
        positions = list(positions)
        results['frame_inds'] = np.asarray(results['frame_inds'])[positions]
        results['clip_len'] = len(positions)
        results = self._pipeline(results)
        require(results is not None, 'pipeline', 'None for a video',
                'the frames that were asked for',
                'Repair the video or remove it from the annotation file.')
        return results['inputs']
