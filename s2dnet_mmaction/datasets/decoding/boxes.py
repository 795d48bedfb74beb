"""Cutting boxes out of an image and giving them a size, in one step.

Convention: (x, y) = (0, 0) is the upper left corner of the image, the centre
of its first pixel lies at (0.5, 0.5), and boxes (left, top, right, bottom)
bound areas, so that they may lie between pixels. Output pixel i of n has its
centre at left + (i + 0.5) * (right - left) / n, as in the host's resizing.
"""

from typing import Callable, List, Optional, Sequence, Tuple

import cv2
import numpy as np
from mmcv.image.geometric import cv2_interp_codes

from ..._checks import require, require_choice
from .rgb_window import Window

Cut = Callable[[np.ndarray, Sequence[np.ndarray]], None]
# The host's lazy boxes are float32, 1e-7 of up to some thousand pixels.
_WHOLE_PX = 1e-2
_MARGIN_PX = 4  # what Lanczos reads beyond a position; the others read less


def make_cut(boxes: np.ndarray,
             size: Tuple[int, int],
             shape: Tuple[int, int],
             interpolation: str = 'bilinear') -> Tuple[Window, Cut]:
    """A function that writes boxes of an image into arrays.

    - Boxes on whole pixels are cropped, then resized: to the bit what the
      host's crop and resize give.
    - Boxes on whole pixels of a resized image: it is resized, then cropped;
      to the bit what the host's resize and crop give.
    - Boxes after more than that (resize, crop, resize) are read once, at the
      places of their pixels, which may lie 1/64 pixel off. ``'area'`` cannot
      read between pixels; it rounds the boxes.

    Args:
        boxes: (V, 4), (left, top, right, bottom) in pixels.
        size: (h, w) of the outputs.
        shape: (H, W) of the image.
        interpolation: one of the host's.

    Returns:
        the window of the image that is looked at; function of this window,
        (H', W') or (H', W', C), and of V outputs, (h, w) or (h, w, C),
        contiguous and of the same type.

    Raises:
        ValueError: if a box is empty or there is no such interpolation.
    """
    require_choice('interpolation', interpolation, cv2_interp_codes)
    code = cv2_interp_codes[interpolation]
    boxes = np.asarray(boxes, float)
    resized = _resized_shape(boxes, size, shape)
    if not _are_whole(boxes) and resized is not None:
        scale = np.divide(resized, shape)[::-1]
        return (Window(0, 0, *shape[::-1]),
                _resize_and_crop(_windows(boxes * np.tile(scale, 2)), resized,
                                 code))
    if interpolation == 'area':
        boxes = boxes.round()
    for box in boxes:
        require(box[2] > box[0] and box[3] > box[1], 'box', box.tolist(),
                'left < right and top < bottom', 'Crop less off.')
    window = _outer(boxes, shape)
    boxes = boxes - np.tile(window[:2], 2)
    if _are_whole(boxes):
        return window, _crop_and_resize(_windows(boxes), size, code)
    return window, _read_between(boxes, size, code)


def _are_whole(numbers: np.ndarray) -> bool:
    return bool(np.abs(numbers - numbers.round()).max() <= _WHOLE_PX)


def _windows(boxes: np.ndarray) -> List[Window]:
    return [Window(*box) for box in boxes.round().astype(int).tolist()]


def _outer(boxes: np.ndarray, shape: Tuple[int, int]) -> Window:
    """The part of an image that holds all boxes and what is read around."""
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    if not _are_whole(boxes):
        low, high = low - _MARGIN_PX, high + _MARGIN_PX
    low = np.maximum(np.floor(low + _WHOLE_PX), 0)
    high = np.minimum(np.ceil(high - _WHOLE_PX), shape[::-1])
    window, = _windows(np.concatenate([low, high])[None])
    return window


def _resized_shape(boxes: np.ndarray, size: Tuple[int, int],
                   shape: Tuple[int, int]) -> Optional[Tuple[int, int]]:
    """(H', W') of the image of which the boxes are plain crops, if any."""
    extents = boxes[:, 2:] - boxes[:, :2]
    if extents.min() <= 0 or np.ptp(extents, axis=0).max() > _WHOLE_PX:
        return None
    scale = np.divide(size[::-1], extents[0])
    resized = scale * shape[::-1]
    corners = boxes * np.tile(scale, 2)
    if not _are_whole(np.append(corners, resized)):
        return None
    width, height = resized.round().astype(int).tolist()
    return height, width


def _crop_and_resize(windows: List[Window], size: Tuple[int, int],
                     code: int) -> Cut:

    def cut(image: np.ndarray, outs: Sequence[np.ndarray]) -> None:
        for window, out in zip(windows, outs):
            cv2.resize(window.of(image), size[::-1], out, interpolation=code)

    return cut


def _resize_and_crop(windows: List[Window], resized: Tuple[int, int],
                     code: int) -> Cut:

    def cut(image: np.ndarray, outs: Sequence[np.ndarray]) -> None:
        image = cv2.resize(image, resized[::-1], interpolation=code)
        for window, out in zip(windows, outs):
            out[:] = window.of(image)

    return cut


def _read_between(boxes: np.ndarray, size: Tuple[int, int], code: int) -> Cut:
    # Fixed-point tables, 1/32 px: made once, read for each frame
    tables = [
        cv2.convertMaps(*_positions(box, size), cv2.CV_16SC2) for box in boxes
    ]

    def cut(image: np.ndarray, outs: Sequence[np.ndarray]) -> None:
        for table, out in zip(tables, outs):
            cv2.remap(image, *table, code, out, cv2.BORDER_REPLICATE)

    return cut


def _positions(box: np.ndarray,
               size: Tuple[int, int]) -> Tuple[np.ndarray, np.ndarray]:
    """x and y, each (h, w) float32, where OpenCV has pixel centres at 0."""
    (left, top, right, bottom), (height, width) = box, size
    x = left + (np.arange(width) + 0.5) * (right - left) / width - 0.5
    y = top + (np.arange(height) + 0.5) * (bottom - top) / height - 0.5
    x, y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return x, y
