"""Conversion of decoded frames to RGB images."""

from typing import Any, Optional, Tuple

import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

# Degrees counter-clockwise by which a frame must be turned to be upright
_TURNS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE
}


class RgbConverter:
    """Converts the frames of a video to upright RGB images.

    One ``VideoReformatter`` serves all frames: its tables are set up once.
    Frames of another size than the first are resized to its size.

    Args:
        first: a frame (PyAV) of the video.
    """

    def __init__(self, first: Any) -> None:
        self._reformatter = VideoReformatter()
        self._size = first.width, first.height
        self._turn = _turn(first)

    def image(self, frame: Any) -> np.ndarray:
        """(H, W, 3) uint8 RGB; rows may lie apart in memory."""
        rgb = self._reformatter.reformat(frame, *self._size, format='rgb24')
        plane = rgb.planes[0]
        image = np.ndarray((rgb.height, rgb.width, 3), np.uint8, plane,
                           strides=(plane.line_size, 3, 1))
        return image if self._turn is None else cv2.rotate(image, self._turn)


def upright_shape(frame: Any) -> Tuple[int, int]:
    """(H, W) of a decoded frame after its rotation."""
    shape = frame.height, frame.width
    return shape if _turn(frame) in (None, cv2.ROTATE_180) else shape[::-1]


def _turn(frame: Any) -> Optional[int]:
    return _TURNS.get(round(frame.rotation) % 360)
