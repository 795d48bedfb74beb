"""The second of two passes over a batch of videos: the missing frames."""

from typing import Optional, Sequence

import torch
from torch import Tensor

from ..._checks import require, require_shape
from ...datasets.decoding.frame_source import FrameSource, read_all


class SecondPass:
    """Completes clips of which a first pass read a few frames.

    Args:
        sources: of N videos.
        frames: (N V, T, C, H, W), the T frames of each view that the first
            pass read.

    Attributes:
        lengths: (N V,) frames of the whole clips.
    """

    def __init__(self, sources: Sequence[FrameSource], frames: Tensor) -> None:
        self._sources, self._frames = sources, frames
        self._views = frames.size(0) // len(sources)
        lengths = torch.tensor([source.num_frames for source in sources],
                               device=frames.device)
        self.lengths = lengths.repeat_interleave(self._views)

    def fetch(self, needed: Tensor) -> Tensor:
        """Read the missing frames among those needed.

        Args:
            needed: (N V, L) bool, frames of each view that will be used.

        Returns:
            (N V, L, C, H, W) on the device of ``frames``. Frames that are
            not needed are not set (zeros if floating point), which saves
            time.

        Raises:
            ValueError: if the passes give views of different shapes.
        """
        rows, length = needed.shape
        _, _, channels, height, width = self._frames.shape
        clips = self._frames.new_empty(rows, length, height, width, channels)
        if clips.is_floating_point():
            clips.zero_()  # memory may hold NaN, and 0 x NaN is NaN
        views = clips.unflatten(0, (-1, self._views))  # (N, V, L, H, W, C)
        read = self._frames.unflatten(0, (-1, self._views))
        missing = needed.cpu().unflatten(0, (-1, self._views)).any(dim=1)
        for n, source in enumerate(self._sources):
            views[n][:, source.positions] = read[n].permute(0, 1, 3, 4, 2)
            missing[n, source.positions] = False
        positions = [row.nonzero().flatten().tolist() for row in missing]
        videos = read_all(self._sources, positions)
        for view, chosen, video in zip(views, positions, videos):
            if video is None:
                continue
            require_shape(
                'second pass', video,
                (self._views, channels, len(chosen), height, width),
                'Remove random transforms from the pipeline of both passes.')
            view[:, chosen] = video.permute(0, 2, 3, 4, 1).to(clips.device)
        return clips.permute(0, 1, 4, 2, 3)


def find_second_pass(data_samples: Optional[Sequence], frames: Tensor,
                     num_frames: int) -> Optional[SecondPass]:
    """The second pass, or None if the pipeline read whole clips.

    Args:
        data_samples: one per video; ``frame_source`` in those of two passes.
        frames: (N V, T, C, H, W), see :class:`SecondPass`.
        num_frames: frames of each view that the model reads first.

    Raises:
        ValueError: if only some samples have a ``frame_source``, or the
            first pass read another number of frames.
    """
    sources = [
        sample.metainfo.get('frame_source') for sample in data_samples or ()
    ]
    if all(source is None for source in sources):
        return None
    require(None not in sources, 'data_samples',
            f'{sources.count(None)} of {len(sources)} without frame_source',
            'all with or all without',
            'Give all videos of a batch the same pipeline.')
    for source in sources:
        require(len(source.positions) == frames.size(1) == num_frames,
                'first pass', f'{len(source.positions)} frames',
                f'{num_frames}, which the model uses first',
                'Change num_frames of the transform that reads them.')
    return SecondPass(sources, frames)


def refuse_second_pass(data_samples: Optional[Sequence], where: str) -> None:
    """Raise ValueError if a pipeline read a few frames of the clips only."""
    require(
        not any('frame_source' in sample for sample in data_samples or ()),
        'pipeline of two passes', where, 'a model that fetches the missing '
        'frames, in testing',
        'Use the pipeline that decodes whole clips.')
