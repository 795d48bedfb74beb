"""What a sampler sees of a clip's motion, without looking at its frames."""

from collections import defaultdict
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from torch import Tensor

from ..._checks import require, require_int, require_ints
from ..decoding.errors import UnreadableVideoError
from ..decoding.motion import (
    accumulate,
    residual,
    residual_as_bytes,
    vector_map,
    vectors_as_bytes,
)
from ..decoding.video_file import VideoFile

# FFmpeg exports the motion vectors of these.
CODECS = ('h264', 'mpeg4', 'mpeg2video', 'mpeg1video', 'h263', 'flv1',
          'msmpeg4v2', 'msmpeg4v3', 'wmv1', 'wmv2')
_I, _P = 1, 2  # FFmpeg's AV_PICTURE_TYPE


@TRANSFORMS.register_module()
class MotionView:
    """A view for :class:`SkimFirst`: motion vectors and residuals.

    It reads the P-frames of a clip. Their vectors are taken to refer to the
    I- or P-frame before them, as in MPEG-4 part 2, which CoViAR converts
    videos to. The vector of a block is divided by the frames in between, so
    that it is pixels per frame of a frame with a short side of 256. Where an
    encoder uses older references (x264 does, up to 3 by default), a vector
    is too long by that factor: FFmpeg does not tell which one it is.

    Vectors are stored as ``128 + 127.5 / 20 v`` and residuals as ``128 + r``,
    both cut to a byte (CoViAR). ``ClipSampler`` with a mean of 127.5 and a
    std of 255 makes the vectors CoViAR's input.

    Args:
        num_frames: F maps of each clip: P-frames in the middle of equal
            parts of those that it has. Without any they are still.
        size: (H, W) of the maps, or one number for both.
        residuals: whether to add them, as channels 2 to 4.
        accumulated: whether motion is that since the last I-frame, or the
            first frame of the clip if that is later, and residuals are what
            such motion leaves (CoViAR's default); it is then not divided.
            False: since the reference.

    Raises:
        TypeError: if a number is no int.
        ValueError: if one is below 1.
    """

    def __init__(self, num_frames: int, size: Union[int, Sequence[int]],
                 residuals: bool = False, accumulated: bool = False) -> None:
        require_int('num_frames', num_frames)
        size = (size, size) if isinstance(size, int) else tuple(size)
        require_ints('size', size, ('H', 'W'), 'Give height and width.')
        self.num_frames, self.size = num_frames, size
        self.residuals, self.accumulated = residuals, accumulated

    def read(self, results: dict, candidates: np.ndarray) -> Tensor:
        """Read the motion of some candidates.

        Args:
            results: with a video that ``ClipInit(motion_vectors=True)``
                opened.
            candidates: (n, clip_len) numbers of frames.

        Returns:
            (n, F, C, H, W) uint8, C = 2 (x, y), or 5 with residuals.

        Raises:
            ValueError: if there are no motion vectors to read.
        """
        video = _video_of(results)
        clips: Dict[int, List[int]] = defaultdict(list)  # of each frame
        for clip, numbers in enumerate(candidates):
            # Also those in between: vectors refer to neighbours. A clip that
            # starts again at the end of a short video has all of it.
            for n in range(numbers.min(), numbers.max() + 1):
                clips[n].append(clip)
        readers, last = self._readers(video, len(candidates)), -1
        for n, frame in video.decode(clips):
            if n <= last:  # decoded again, see VideoFile.frames
                readers = self._readers(video, len(candidates))
            last = n
            for clip in clips[n]:
                readers[clip].add(n, frame)
        maps = np.stack([reader.maps(self.num_frames) for reader in readers])
        return torch.from_numpy(maps).permute(0, 1, 4, 2, 3)

    def _readers(self, video: VideoFile, number: int) -> List['_ClipMotion']:
        return [_ClipMotion(video, self.size, self.residuals,
                            self.accumulated) for _ in range(number)]

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(num_frames={self.num_frames}, '
                f'size={self.size}, residuals={self.residuals}, '
                f'accumulated={self.accumulated})')


class _ClipMotion:
    """The motion of one clip, whose frames come in order."""

    def __init__(self, video: VideoFile, size: Tuple[int, int],
                 residuals: bool, accumulated: bool) -> None:
        self._video, self._size = video, size
        self._residuals, self._accumulated = residuals, accumulated
        self._scale = 256 / min(video.shape)
        self._maps: List[np.ndarray] = []
        self._reference: Optional[int] = None  # number of the frame
        self._motion: Any = None  # since the first frame that counts
        self._image: Any = None  # of the frame that residuals refer to

    def add(self, n: int, frame: Any) -> None:
        """The next frame of the clip; B-frames do not count."""
        kind = int(frame.pict_type)
        if kind not in (_I, _P):
            return
        image = self._video.image(frame) if self._residuals else None
        if kind == _I or self._reference is None:
            self._motion, self._image = None, image
        else:
            self._add_motion(n - self._reference, image, vector_map(
                frame, self._video.orientation))
        self._reference = n
        if not self._accumulated:
            self._image = image

    def _add_motion(self, distance: int, image: Any,
                    vectors: np.ndarray) -> None:
        if self._accumulated:
            if self._motion is not None:
                vectors = accumulate(vectors, self._motion)
            self._motion = vectors
            distance = 1
        parts = [vectors_as_bytes(vectors, self._size,
                                  self._scale / distance)]
        if self._residuals:
            parts.append(residual_as_bytes(
                residual(image, self._image, vectors), self._size))
        self._maps.append(np.concatenate(parts, axis=2))

    def maps(self, number: int) -> np.ndarray:
        """(F, H, W, C) uint8; still if nothing is known to move."""
        found = len(self._maps)
        if not found:
            channels = 5 if self._residuals else 2
            return np.full((number, *self._size, channels), 128, np.uint8)
        places = (2 * np.arange(number) + 1) * found // (2 * number)
        return np.stack([self._maps[place] for place in places])


def _video_of(results: dict) -> VideoFile:
    """The open video, whose codec has motion vectors."""
    video = results.get('video_reader')
    require(
        isinstance(video, VideoFile) and video.exports_motion,
        'motion vectors', 'frames' if video is None else 'a video without',
        'a video file that was opened with them',
        'Set ClipInit(motion_vectors=True); raw frames have none.')
    require(
        video.codec in CODECS, f'motion vectors of {video.name}',
        f'the codec {video.codec}', f'one of {CODECS}, of which FFmpeg has '
        'motion vectors', 'Convert it: ffmpeg -i IN -c:v mpeg4 -g 12 -bf 0 '
        '-q:v 3 OUT.mp4 (docs/scsampler.md).', UnreadableVideoError)
    return video
