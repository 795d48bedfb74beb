"""Decoded frames to RGB, and no more of them than is looked at."""

from fractions import Fraction
from typing import Any, Callable, NamedTuple, Optional, Tuple

import cv2
import numpy as np
from av.filter import Graph
from av.video.reformatter import VideoReformatter

# Degrees counter-clockwise by which a frame must be turned to be upright
_TURNS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE
}
# Formats of which a part is converted as in the whole: others are dithered,
# and interlaced frames are converted field by field.
_EXACT = ('yuv420p', 'yuvj420p', 'yuv422p', 'yuvj422p', 'yuv444p', 'yuvj444p')
_CHROMA_PX = 2  # their coarsest chroma: one sample for 2 x 2 pixels


class Window(NamedTuple):
    """A box on whole pixels of an upright frame, [left, right) etc."""
    left: int
    top: int
    right: int
    bottom: int

    def of(self, image: np.ndarray) -> np.ndarray:
        """The part of an image (H, W, ...) that lies in it, not a copy."""
        return image[self.top:self.bottom, self.left:self.right]


class RgbWindow:
    """Turns a window of each decoded frame into an RGB image.

    The window is cut before the conversion, which moves a pointer, and the
    converter is set up once for all frames. The pixels are those that
    converting the whole frame gives. Frames of another size than the first,
    as some recordings have them, are brought to its size.

    Args:
        first: a frame (PyAV) of the video.
        window: None: the whole frame.
    """

    def __init__(self, first: Any, window: Optional[Window] = None) -> None:
        self._converter = VideoReformatter()
        self._size = first.width, first.height
        self._kind = _kind(first)
        self._turn = _turn(first)
        height, width = upright_shape(first)
        self._window = window or Window(0, 0, width, height)
        self._cut = None
        if self._turn is None and _can_be_cut(first):
            left, top, right, bottom = self._window
            # Amidst a chroma sample, colours would shift or be smoothed.
            x, y = left % _CHROMA_PX, top % _CHROMA_PX
            self._rest = Window(x, y, x + right - left, y + bottom - top)
            right = min(right + right % _CHROMA_PX, width)
            bottom = min(bottom + bottom % _CHROMA_PX, height)
            self._cut = _cropper(
                first, Window(left - x, top - y, right, bottom))

    def image(self, frame: Any) -> np.ndarray:
        """(bottom - top, right - left, 3) uint8, with gaps between rows."""
        if self._cut is not None and _kind(frame) == self._kind:
            return self._rest.of(self._convert(self._cut(frame)))
        image = self._convert(frame, *self._size)
        if self._turn is not None:
            image = cv2.rotate(image, self._turn)
        return self._window.of(image)

    def _convert(self, frame: Any, *size: int) -> np.ndarray:
        rgb = self._converter.reformat(frame, *size, format='rgb24')
        plane = rgb.planes[0]
        return np.ndarray((rgb.height, rgb.width, 3), np.uint8, plane,
                          strides=(plane.line_size, 3, 1))


def upright_shape(frame: Any) -> Tuple[int, int]:
    """(H, W) of a decoded frame when it is held as the file says."""
    shape = frame.height, frame.width
    return shape if _turn(frame) in (None, cv2.ROTATE_180) else shape[::-1]


def _turn(frame: Any) -> Optional[int]:
    return _TURNS.get(round(frame.rotation) % 360)


def _kind(frame: Any) -> Tuple[int, int, str, bool]:
    return (frame.width, frame.height, frame.format.name,
            bool(frame.interlaced_frame))


def _can_be_cut(frame: Any) -> bool:
    return frame.format.name in _EXACT and not frame.interlaced_frame


def _cropper(first: Any, window: Window) -> Callable[[Any], Any]:
    """A function that cuts the window out of frames like the first."""
    graph = Graph()
    source = graph.add_buffer(
        width=first.width,
        height=first.height,
        format=first.format.name,
        time_base=first.time_base or Fraction(1, 1))
    left, top, right, bottom = window
    crop = graph.add(
        'crop', f'{right - left}:{bottom - top}:{left}:{top}:exact=1')
    sink = graph.add('buffersink')
    source.link_to(crop)
    crop.link_to(sink)
    graph.configure()

    def cut(frame: Any) -> Any:
        graph.push(frame)
        return graph.pull()

    return cut
