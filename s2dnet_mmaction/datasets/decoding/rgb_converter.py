"""Conversion of decoded frames to RGB images."""

from typing import Any

import numpy as np
from av.video.reformatter import VideoReformatter

from .orientation import Orientation


class RgbConverter:
    """Converts the frames of a video to upright RGB images.

    One ``VideoReformatter`` serves all frames: its tables are set up once.
    Frames of another size than the first are resized to its size. Frames
    are converted whole: a part of a frame would get other colours at its
    border, where the chroma of neighbours counts.

    Args:
        first: a frame (PyAV) of the video.

    Attributes:
        shape: (H, W) of the images.
        orientation: of the video.
    """

    def __init__(self, first: Any) -> None:
        self._reformatter = VideoReformatter()
        self._size = first.width, first.height
        self.orientation = Orientation(first)
        self.shape = self.orientation.shape(first.height, first.width)

    def image(self, frame: Any) -> np.ndarray:
        """(H, W, 3) uint8 RGB; rows may lie apart in memory."""
        rgb = self._reformatter.reformat(frame, *self._size, format='rgb24')
        plane = rgb.planes[0]
        image = np.ndarray((rgb.height, rgb.width, 3), np.uint8, plane,
                           strides=(plane.line_size, 3, 1))
        return self.orientation.upright(image)
