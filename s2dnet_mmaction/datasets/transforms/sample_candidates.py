"""The clips of a video among which a sampler chooses."""

from dataclasses import dataclass
from typing import Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require, require_choice, require_int


@TRANSFORMS.register_module()
@dataclass(eq=False)
class SampleCandidates(BaseTransform):
    """Cut the video into clips of equal length, the candidates.

    Clip i has the frames ``i * step + (0, 1, ..., clip_len - 1) *
    frame_interval``. There are as many as fit into the video. A video that is
    shorter than a clip gives one, which starts again at its end as in
    MMAction2's ``SampleFrames``.

    With ``num_candidates`` T, T of these clips remain, one of each of T parts
    of equal length: any of them in training, the middle one in testing.
    Where there are fewer, some are taken twice. ``shift`` says whether the
    places in the parts are independent of each other.

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
        shift: ``'each'``: a place by chance in each part; ``'all'``: the
            same one in all parts, a random shift of the whole grid (NSNet).
        test_mode: whether T clips come from the middle of their parts.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is below 1, or a video has no frames.
    """

    clip_len: int = 16
    frame_interval: int = 1
    step: Optional[int] = None
    num_candidates: Optional[int] = None
    shift: str = 'each'
    test_mode: bool = False

    def __post_init__(self) -> None:
        for name in ('clip_len', 'frame_interval', 'step', 'num_candidates'):
            if getattr(self, name) is not None:
                require_int(name, getattr(self, name))
        require_choice('shift', self.shift, ('each', 'all'))

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
        starts = np.arange(
            0, places, self.step or self.clip_len * self.frame_interval)
        if self.num_candidates is None:
            return starts
        within = 0.5 if self.test_mode else np.random.rand(
            self.num_candidates if self.shift == 'each' else 1)
        parts = (np.arange(self.num_candidates) + within) * len(starts)
        return starts[(parts / self.num_candidates).astype(np.int64)]
