"""The raw input I: every tau-th frame of the whole video (Sec. 3.1)."""

from dataclasses import dataclass

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require, require_int


@TRANSFORMS.register_module()
@dataclass(eq=False)
class SampleStridedFrames(BaseTransform):
    """Take every tau-th frame of the video, as many as there are.

    No frame is repeated: clips differ in length, and a video of one frame
    gives a clip of one. A video with more than ``max_frames`` such frames
    gives that many consecutive ones, the middle ones in testing, at a random
    place in training. Training also draws the first frame from 0..tau - 1.

    It goes between any of MMAction2's openers (decord, PyAV, OpenCV, raw
    frames) and its decoder; crops, flips and
    ``FormatShape(input_format='NCTHW')`` follow.

    Required keys: ``total_frames``, ``start_index``.
    Added keys: ``frame_inds``, ``clip_len``, ``frame_interval``,
    ``num_clips``.

    Args:
        frame_interval: tau, 2 in the paper.
        max_frames: the largest number of frames of a clip; the authors
            use 150 (Kinetics) and 85 (Something-Something).
        test_mode: whether to start at frame 0 and to take the middle.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is below 1, a video has no frames, or one
            whose ``place`` is known (PlacedVideoDataset) has too many.
    """

    frame_interval: int = 2
    max_frames: int = 150
    test_mode: bool = False

    def __post_init__(self) -> None:
        require_int('frame_interval', self.frame_interval)
        require_int('max_frames', self.max_frames)

    def transform(self, results: dict) -> dict:
        """Choose the frames."""
        total = results['total_frames']
        require(total >= 1, 'total_frames', total,
                f'at least one frame in {_source(results)}',
                'Remove the video from the annotation file or repair it.')
        phase = 0
        if not self.test_mode:
            phase = np.random.randint(min(self.frame_interval, total))
        indices = np.arange(phase, total, self.frame_interval)
        spare = len(indices) - self.max_frames
        if spare > 0:
            require('place' not in results, 'max_frames', self.max_frames,
                    f'at least {len(indices)}, all of {_source(results)}',
                    'Raise it: the place of the detail is that of the whole '
                    'video.')
            first = (spare // 2
                     if self.test_mode else np.random.randint(spare + 1))
            indices = indices[first:first + self.max_frames]
        results['frame_inds'] = indices + results['start_index']
        results['clip_len'] = len(indices)
        results['frame_interval'] = self.frame_interval
        results['num_clips'] = 1
        return results


def _source(results: dict) -> str:
    return str(
        results.get('filename') or results.get('frame_dir') or 'the video')
