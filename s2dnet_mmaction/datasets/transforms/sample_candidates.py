"""The clips of a video among which a sampler chooses."""

from dataclasses import dataclass
from typing import Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require, require_int


@TRANSFORMS.register_module()
@dataclass(eq=False)
class SampleCandidates(BaseTransform):
    """Cut the video into clips of equal length, the candidates.

    Clip i has the frames ``i * step + (0, 1, ..., clip_len - 1) *
    frame_interval``, as many clips as fit into the video. A video that is
    shorter than a clip gives one, which starts again at its end as in
    MMAction2's ``SampleFrames``.

    With ``num_candidates`` T there are T clips, one of each of T parts of
    equal length: at a random place in training, in the middle in testing. A
    short video then gives clips that overlap or are the same.

    Required keys: ``total_frames``, ``start_index``.
    Added keys: ``candidates``, (L, clip_len) int, the numbers of the frames
    in the order of time; ``frame_inds``, the same in one row;
    ``clip_len``, ``frame_interval``, ``num_clips``, which is L.

    Args:
        clip_len: frames of a clip; 1 where candidates are frames.
        frame_interval: frames from one frame of a clip to the next.
        step: frames from the start of a clip to that of the next; None: as
            long as a clip.
        num_candidates: T; None: all clips.
        test_mode: whether T clips come from the middle of their parts.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is below 1, a video has no frames, or both
            ``step`` and ``num_candidates`` are given.
    """

    clip_len: int = 16
    frame_interval: int = 1
    step: Optional[int] = None
    num_candidates: Optional[int] = None
    test_mode: bool = False

    def __post_init__(self) -> None:
        for name in ('clip_len', 'frame_interval', 'step', 'num_candidates'):
            if getattr(self, name) is not None:
                require_int(name, getattr(self, name))
        require(self.step is None or self.num_candidates is None, 'step',
                self.step, 'None beside num_candidates',
                'Set one of the two.')

    def transform(self, results: dict) -> dict:
        """Choose the clips."""
        total = results['total_frames']
        require(total >= 1, 'total_frames', total,
                'at least one frame in '
                f'{results.get("filename") or results.get("frame_dir")}',
                'Remove the video from the annotation file or repair it.')
        starts = self._starts(total)
        steps = np.arange(self.clip_len) * self.frame_interval
        candidates = (starts[:, None] + steps) % total
        results['candidates'] = candidates + results['start_index']
        results['frame_inds'] = results['candidates'].ravel()
        results['clip_len'] = self.clip_len
        results['frame_interval'] = self.frame_interval
        results['num_clips'] = len(starts)
        return results

    def _starts(self, total: int) -> np.ndarray:
        length = (self.clip_len - 1) * self.frame_interval + 1
        places = max(total - length, 0) + 1
        if self.num_candidates is None:
            return np.arange(
                0, places, self.step or self.clip_len * self.frame_interval)
        within = 0.5 if self.test_mode else np.random.rand(
            self.num_candidates)
        parts = (np.arange(self.num_candidates) + within) * places
        return (parts / self.num_candidates).astype(np.int64)
