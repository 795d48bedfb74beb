"""Turning and mirroring of frames by the display matrix of their video."""

from typing import Any, Optional, Tuple

import cv2
import numpy as np
from av.sidedata.sidedata import Type

# Whether columns and rows run backwards -> code of cv2.flip
_FLIPS = {(True, False): 1, (False, True): 0, (True, True): -1}


class Orientation:
    """How a player shows the frames of a video.

    A display matrix sends pixel (x, y), x to the right and y down, to
    (a x + c y, b x + d y), up to a shift. Its eight cases are the quarter
    turns, each plain and mirrored. Other angles are taken to the nearest
    quarter turn; scales are ignored.

    Args:
        frame: a decoded frame (PyAV) of the video.
    """

    def __init__(self, frame: Any) -> None:
        a, b, c, d = _matrix(frame)
        self._swaps = abs(b) + abs(c) > abs(a) + abs(d)  # x and y
        across, down = (c, b) if self._swaps else (a, d)
        self._flip: Optional[int] = _FLIPS.get((across < 0, down < 0))

    def shape(self, height: int, width: int) -> Tuple[int, int]:
        """(H, W) of an image of this size once it is upright."""
        return (width, height) if self._swaps else (height, width)

    def upright(self, image: np.ndarray) -> np.ndarray:
        """The image, (H, W, C), as it is shown."""
        if self._swaps:
            image = cv2.transpose(image)
        return image if self._flip is None else cv2.flip(image, self._flip)

    def turned(self, vectors: np.ndarray) -> np.ndarray:
        """A map of vectors, (h, w, 2) in x and y, as they are shown."""
        if self._swaps:
            vectors = vectors[..., ::-1]
        across = 1 if self._flip in (None, 0) else -1
        down = 1 if self._flip in (None, 1) else -1
        return self.upright(np.ascontiguousarray(
            vectors * np.array([across, down], vectors.dtype)))


def _matrix(frame: Any) -> Tuple[int, int, int, int]:
    """a, b, c, d; of a frame without a matrix, 1, 0, 0, 1."""
    data = frame.side_data.get(Type.DISPLAYMATRIX)
    if data is None:
        return 1, 0, 0, 1
    # AVFrame's side data: 9 ints {a b u c d v x y w} in 16.16 fixed point
    a, b, _, c, d = np.frombuffer(data, np.int32)[:5].tolist()
    return a, b, c, d
