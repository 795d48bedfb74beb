"""The second pass of decoding: the frames that the detail is made of."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Optional, Sequence

import torch
from torch import Tensor

from ..._checks import require
from ...datasets.decoding.frame_source import FrameSource
from ...functional.synopsis_sample import uniform_indices


class SecondPass:
    """Fetches frames of the videos of a batch.

    Args:
        sources: of N videos.
        synopsis: (N V, T_S, C, H, W) frames of the first pass.

    Attributes:
        lengths: (N V,) frames of the clips that can be fetched.
    """

    def __init__(self, sources: Sequence[FrameSource],
                 synopsis: Tensor) -> None:
        self._sources, self._synopsis = sources, synopsis
        self._views = synopsis.size(0) // len(sources)
        lengths = torch.tensor([source.num_frames for source in sources],
                               device=synopsis.device)
        self.lengths = lengths.repeat_interleave(self._views)

    def fetch(self, needed: Tensor) -> Tensor:
        """Fetch frames, several videos at once; the synopsis is here.

        Args:
            needed: (N V, L) bool, which frames of each view are read.

        Returns:
            (N V, L, C, H, W). What is not needed is left as it is found in
            memory; memory that nothing touches costs nothing.

        Raises:
            ValueError: if the passes give views of different shapes.
        """
        rows, length = needed.shape
        _, _, channels, height, width = self._synopsis.shape
        frames = self._synopsis.new_empty(rows, length, height, width,
                                          channels)
        if frames.is_floating_point():
            frames.zero_()  # what memory holds might be no number
        here = uniform_indices(self.lengths, self._synopsis.size(1))
        for row, positions, video in zip(frames, here, self._synopsis):
            row[positions] = video.permute(0, 2, 3, 1)
        missing = needed.cpu().unflatten(0, (-1, self._views)).any(dim=1)
        missing.scatter_(1, here[::self._views].cpu(), False)

        def read(source: FrameSource, missing: Tensor) -> Optional[Tensor]:
            positions = missing.nonzero().flatten().tolist()
            return source.read(positions) if positions else None

        threads = min(len(self._sources), os.cpu_count() or 1)
        with ThreadPoolExecutor(threads) as pool:
            videos = list(pool.map(read, self._sources, missing))
        for n, video in enumerate(videos):
            if video is None:
                continue
            positions = missing[n].nonzero().flatten()
            expected = (self._views, channels, len(positions), height, width)
            require(
                tuple(video.shape) == expected, 'second pass',
                tuple(video.shape), f'{expected}, as in the first',
                'Leave chance out of the pipeline of SynopsisFirst.')
            view = frames[n * self._views:(n + 1) * self._views]
            view[:, positions.to(frames.device)] = video.permute(
                0, 2, 3, 4, 1).to(frames.device)
        return frames.permute(0, 1, 4, 2, 3)


def find_second_pass(data_samples: Optional[Sequence], frames: Tensor,
                     num_synopsis: int) -> Optional[SecondPass]:
    """The second pass, if :class:`SynopsisFirst` made the first.

    Args:
        data_samples: one per video.
        frames: (N V, T, C, H, W), see :class:`SecondPass`.
        num_synopsis: T_S of the network.

    Raises:
        ValueError: if only some samples tell where frames can be fetched,
            or the first pass does not hold T_S frames.
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
    require(
        frames.size(1) == num_synopsis, 'SynopsisFirst',
        f'num_frames={frames.size(1)}', f'{num_synopsis}, as snet.num_frames',
        'Set num_frames of SynopsisFirst to that of snet.')
    return SecondPass(sources, frames)


def refuse_second_pass(data_samples: Optional[Sequence], where: str) -> None:
    """Raise ValueError if :class:`SynopsisFirst` made the samples."""
    require(
        not any('frame_source' in sample for sample in data_samples or ()),
        'SynopsisFirst', where, 'testing an S2DNet',
        'Leave SynopsisFirst out of this pipeline.')
