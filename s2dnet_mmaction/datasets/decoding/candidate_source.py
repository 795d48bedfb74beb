"""The two passes over the candidates of a video: skim, then fetch."""

from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor

from ..._checks import require
from .video_source import VideoSource, for_each

Views = Dict[str, Tensor]


class CandidateSource(VideoSource):
    """Reads what samplers look at, and later the clips that they picked.

    A video is skimmed in chunks of candidates, so that the memory that this
    takes does not grow with the length of the video.

    Args:
        results: of the pipeline, with ``candidates``, (L, clip_len).
        views: what each sampler sees of a clip, by its name; a view has
            ``read(results, candidates)``, see :class:`FrameView`.
        skimmed: (l,) int, the candidates that samplers look at.
        chunk: candidates of a chunk.
        pipeline: from decoding to ``FormatShape``, for the picked clips;
            must not be random.
        opener: opens the video; None if frames are files of their own.

    Attributes:
        num_candidates: L.
        skimmed: see above, an int64 tensor.
        chunk: see above.
    """

    def __init__(self, results: dict, views: Dict[str, Callable],
                 skimmed: Tensor, chunk: int, pipeline: Callable,
                 opener: Optional[Callable]) -> None:
        super().__init__(results, opener, 'SkimFirst')
        self._views = views
        self._pipeline = pipeline
        self._candidates = np.asarray(results['candidates'])
        self.num_candidates = len(self._candidates)
        self.skimmed = skimmed
        self.chunk = chunk

    @property
    def starts(self) -> Tensor:
        """(L,) int64, the first frame of each clip, from 0 on."""
        return torch.from_numpy(
            self._candidates[:, 0] - self._results['start_index'])

    @property
    def times(self) -> Optional[Tensor]:
        """(L, 2) start and end of each clip in seconds; None: not known."""
        fps = self._results.get('avg_fps')
        if not fps:
            return None
        length = self._results['frame_interval'] * self._candidates.shape[1]
        ends = self.starts + length
        return torch.stack([self.starts, ends], 1).double() / fps

    def chunks(self, opened: dict, first: int = 0
               ) -> Iterator[Tuple[Tensor, Views]]:
        """What the samplers see.

        Args:
            opened: what :meth:`open` gives.
            first: chunks to leave out.

        Yields:
            (n,) int64, candidates of a chunk, and the views of them,
            (n, ...) each.
        """
        for positions in self.skimmed.split(self.chunk)[first:]:
            candidates = self._candidates[positions.numpy()]
            yield positions, {
                name: view.read(opened, candidates)
                for name, view in self._views.items()}

    def middles(self, opened: dict) -> Tensor:
        """(L, C, H, W) the middle frame of each candidate, of full size."""
        middle = self._candidates.shape[1] // 2
        results = self._pipeline(
            dict(opened, frame_inds=self._candidates[:, middle],
                 clip_len=1, num_clips=self.num_candidates))
        frames = torch.from_numpy(np.ascontiguousarray(results['imgs']))
        return frames[:, :, 0] if frames.dim() == 5 else frames

    def read(self, opened: dict, picks: Sequence[int]) -> Tensor:
        """Read picked clips.

        Args:
            opened: of :meth:`open`.
            picks: numbers of the candidates.

        Returns:
            what ``FormatShape`` gives: (K, C, T, H, W), or (K, C, H, W) of
            candidates that are frames; more than K with several crops.
        """
        candidates = self._candidates[np.asarray(picks)]
        results = self._pipeline(
            dict(opened, frame_inds=candidates.ravel(),
                 clip_len=candidates.shape[1], num_clips=len(candidates)))
        require(results is not None, 'pipeline', 'None for a video',
                'the clips that were asked for',
                'Repair the video or remove it from the annotation file.')
        return torch.from_numpy(np.ascontiguousarray(results['imgs']))


def read_picks(sources: Sequence[CandidateSource], opened: Sequence[dict],
               picks: Sequence[Tensor]) -> List[Tensor]:
    """Read the picked clips of several videos, one thread for each."""
    return for_each(CandidateSource.read, sources, opened, picks)
