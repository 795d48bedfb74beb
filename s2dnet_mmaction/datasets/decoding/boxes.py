"""Boxes of an image, cut out and resized in one step.

Convention: (x, y) = (0, 0) is the upper left corner of the image; the centre
of its first pixel is (0.5, 0.5). Boxes (left, top, right, bottom) bound areas
and need not lie on whole pixels. Output pixel i of n has its centre at
left + (i + 0.5) * (right - left) / n, as in MMAction2's resizing.
"""

from functools import partial
from typing import Callable, List, Optional, Sequence, Tuple

import cv2
import numpy as np
from mmcv.image.geometric import cv2_interp_codes

from ..._checks import require, require_choice

Cut = Callable[[np.ndarray, Sequence[np.ndarray]], None]
Slices = List[Tuple[slice, slice]]
# MMAction2's lazy boxes are float32: 1e-7 of some thousand pixels.
_WHOLE_PX = 1e-2


def make_cut(boxes: np.ndarray, size: Tuple[int, int], shape: Tuple[int, int],
             interpolation: str = 'bilinear') -> Cut:
    """Make a function that writes boxes of an image into arrays.

    - Boxes on whole pixels are cropped, then resized. The pixels equal those
      of MMAction2's crop and resize.
    - For boxes on whole pixels of a resized image, the image is resized,
      then cropped. The pixels equal those of MMAction2's resize and crop.
    - Other boxes (of a resize, crop, resize) are interpolated once, at
      places exact to 1/64 pixel. ``'area'`` cannot interpolate between
      pixels; it rounds the boxes.

    Args:
        boxes: (V, 4), (left, top, right, bottom) in pixels.
        size: (h, w) of the outputs.
        shape: (H, W) of the image.
        interpolation: one of MMAction2's.

    Returns:
        function of an image, (H, W) or (H, W, C), and of V outputs, (h, w)
        or (h, w, C), contiguous and of the same type.

    Raises:
        ValueError: if a box is empty or there is no such interpolation.
    """
    require_choice('interpolation', interpolation, cv2_interp_codes)
    code = cv2_interp_codes[interpolation]
    boxes = np.asarray(boxes, float)
    resized = _resized_shape(boxes, size, shape)
    if not _are_whole(boxes) and resized is not None:
        scale = np.divide(resized, shape)[::-1]
        slices = _slices(boxes * np.tile(scale, 2))
        return partial(_resize_and_crop, slices, resized, code)
    if interpolation == 'area':
        boxes = boxes.round()
    for box in boxes:
        require(box[2] > box[0] and box[3] > box[1], 'box', box.tolist(),
                'left < right and top < bottom', 'Crop less off.')
    if _are_whole(boxes):
        return partial(_crop_and_resize, _slices(boxes), size, code)
    # Fixed-point tables, 1/32 px: made once, used for each frame
    tables = [cv2.convertMaps(*_positions(box, size), cv2.CV_16SC2)
              for box in boxes]
    return partial(_interpolate, tables, code)


def _are_whole(numbers: np.ndarray) -> bool:
    return bool(np.abs(numbers - numbers.round()).max() <= _WHOLE_PX)


def _slices(boxes: np.ndarray) -> Slices:
    """Rows and columns of each box."""
    return [(slice(top, bottom), slice(left, right))
            for left, top, right, bottom in boxes.round().astype(int).tolist()]


def _resized_shape(boxes: np.ndarray, size: Tuple[int, int],
                   shape: Tuple[int, int]) -> Optional[Tuple[int, int]]:
    """(H', W') of the resized image, if the boxes are plain crops of it."""
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


def _crop_and_resize(slices: Slices, size: Tuple[int, int], code: int,
                     image: np.ndarray, outs: Sequence[np.ndarray]) -> None:
    for box, out in zip(slices, outs):
        cv2.resize(image[box], size[::-1], out, interpolation=code)


def _resize_and_crop(slices: Slices, resized: Tuple[int, int], code: int,
                     image: np.ndarray, outs: Sequence[np.ndarray]) -> None:
    image = cv2.resize(image, resized[::-1], interpolation=code)
    for box, out in zip(slices, outs):
        out[:] = image[box]


def _interpolate(tables: Sequence[Tuple[np.ndarray, np.ndarray]], code: int,
                 image: np.ndarray, outs: Sequence[np.ndarray]) -> None:
    for table, out in zip(tables, outs):
        cv2.remap(image, *table, code, out, cv2.BORDER_REPLICATE)


def _positions(box: np.ndarray,
               size: Tuple[int, int]) -> Tuple[np.ndarray, np.ndarray]:
    """x and y, each (h, w) float32, with pixel centres at 0 as in OpenCV."""
    (left, top, right, bottom), (height, width) = box, size
    x = left + (np.arange(width) + 0.5) * (right - left) / width - 0.5
    y = top + (np.arange(height) + 0.5) * (bottom - top) / height - 0.5
    x, y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return x, y
