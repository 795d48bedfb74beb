"""Three crops smaller than the frame, for testing (Sec. 4.1)."""

from typing import List, Sequence, Tuple, Union

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require, require_int


@TRANSFORMS.register_module()
class ThreePatchCrop(BaseTransform):
    """Cut first, last and middle crop along the longer side of the frames.

    The paper tests on Kinetics-400 with three crops of 224 x 224 from
    frames with a short side of 256. The host's ``ThreeCrop`` cannot: its
    crops must take the whole short side. Where they do, this transform
    gives the same as the host's.

    Convention: along the shorter side the crops are centred. Of frames as
    high as they are wide, the width counts as the longer side. Crops as
    long as the longer side move along the other one, as the host's do. The
    gap before the middle crop is rounded down and the one after it is as
    large, so that the last crop of an odd remainder ends one pixel short of
    the border (as the host's).

    Required keys: ``imgs``.
    Changed keys: ``imgs``, all frames of the first (left, top) crop, then
    of the last (right, bottom), then of the middle one, as the host orders
    them. ``FormatShape`` makes three views of them.
    Added keys: ``crop_bbox``, one (x1, y1, x2, y2) for each image, and
    ``img_shape``, (h, w).

    Args:
        crop_size: (w, h) of the crops as in the host's crops, or one number
            for both, in pixels.

    Raises:
        TypeError: if ``crop_size`` holds no ints.
        ValueError: if it is no pair, a number is below 1, the crop does not
            fit into the frame, or lazy operations are pending.
    """

    def __init__(self, crop_size: Union[int, Sequence[int]]) -> None:
        if not isinstance(crop_size, (tuple, list)):
            crop_size = (crop_size, crop_size)
        require(
            len(crop_size) == 2, 'crop_size', crop_size, 'a number or (w, h)',
            'Give width and height in pixels.')
        for number in crop_size:
            require_int('crop_size', number)
        self.crop_size: Tuple[int, int] = tuple(crop_size)

    def transform(self, results: dict) -> dict:
        """Cut the crops."""
        require('lazy' not in results, 'results', 'pending lazy operations',
                'cropped and resized images', 'Put Fuse before this crop.')
        imgs = results['imgs']
        crop_w, crop_h = self.crop_size
        crops, boxes = [], []
        for x, y in _corners(imgs[0].shape[:2], self.crop_size):
            crops += [img[y:y + crop_h, x:x + crop_w] for img in imgs]
            boxes += [(x, y, x + crop_w, y + crop_h)] * len(imgs)
        results['imgs'] = crops
        results['crop_bbox'] = np.array(boxes)
        results['img_shape'] = crops[0].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(crop_size={self.crop_size})'


def _corners(frame_shape: Tuple[int, int],
             crop_size: Tuple[int, int]) -> List[Tuple[int, int]]:
    """Upper left corners (x, y) of the first, last and middle crop.

    Args:
        frame_shape: (h, w).
        crop_size: (w, h).
    """
    frame_h, frame_w = frame_shape
    room_x, room_y = frame_w - crop_size[0], frame_h - crop_size[1]
    require(
        min(room_x, room_y) >= 0, 'crop_size', f'(w, h) = {crop_size}',
        f'at most the frame, (w, h) = {(frame_w, frame_h)}',
        'Resize the frames first, or crop less.')
    mid_x, mid_y = room_x // 2, room_y // 2
    along_x = frame_w >= frame_h
    if (room_x if along_x else room_y) == 0:  # then the crops move across
        along_x = not along_x
    if along_x:
        return [(0, mid_y), (2 * mid_x, mid_y), (mid_x, mid_y)]
    return [(mid_x, 0), (mid_x, 2 * mid_y), (mid_x, mid_y)]
