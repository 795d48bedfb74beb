"""Random access to the frames of a clip, for two-pass decoding."""

from typing import Callable, List, Optional, Sequence

import numpy as np
from torch import Tensor

from ..._checks import require
from .video_source import VideoSource, for_each


class FrameSource(VideoSource):
    """Reads any frames of a clip of which a first pass reads a few.

    A model skims the frames of the first pass, decides which others it
    needs, and has them read. Both passes may use one pipeline, or the first
    another one, for example with smaller frames.

    Args:
        results: of the pipeline before decoding, with ``frame_inds``.
        positions: of the frames of the first pass within the clip, each
            0 <= position < L.
        pipeline: decodes, cuts and formats frames; must not be random.
        opener: opens the video; None if frames are files of their own.

    Attributes:
        num_frames: L, frames of the clip.
        positions: see above, a list.
    """

    def __init__(self, results: dict, positions: Sequence[int],
                 pipeline: Callable, opener: Optional[Callable]) -> None:
        super().__init__(results, opener, 'SynopsisFirst')
        self._pipeline = pipeline
        self.positions = [int(position) for position in positions]
        self.num_frames = len(results['frame_inds'])

    def read(self, positions: Sequence[int]) -> Tensor:
        """Read frames of the clip.

        Args:
            positions: of the frames, 0 <= position < num_frames.

        Returns:
            (V, C, len(positions), H, W) uint8, of V views.

        Raises:
            ValueError: if the pipeline gives none.
        """
        results = self._pipeline(choose_frames(self.open(), positions))
        require(results is not None, 'pipeline', 'None for a video',
                'the frames that were asked for',
                'Repair the video or remove it from the annotation file.')
        return results['inputs']


def choose_frames(results: dict, positions: Sequence[int]) -> dict:
    """Restrict the results of a frame sampler to a few of its frames."""
    indices = np.asarray(results['frame_inds'])[list(positions)]
    return dict(results, frame_inds=indices, clip_len=len(indices))


def read_all(sources: Sequence[FrameSource],
             positions: Sequence[Sequence[int]]) -> List[Optional[Tensor]]:
    """Read frames of several videos, one thread for each.

    Args:
        sources: of N videos.
        positions: of the frames of each video; none may be wanted.

    Returns:
        for each video what ``read`` gives, None if no frame is wanted.
    """

    def read(source: FrameSource, wanted: Sequence[int]) -> Optional[Tensor]:
        return source.read(wanted) if len(wanted) else None

    return for_each(read, sources, positions)
