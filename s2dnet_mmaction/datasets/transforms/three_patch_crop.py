"""Three crops smaller than the frame, for testing (Sec. 4.1)."""

from dataclasses import dataclass
from typing import List, Sequence, Tuple, Union

import numpy as np
from mmaction.datasets.transforms.processing import _init_lazy_if_proper
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require, require_ints


@TRANSFORMS.register_module()
@dataclass(eq=False)
class ThreePatchCrop(BaseTransform):
    """Cut first, last and middle crop along the longer side of the frames.

    The paper tests on Kinetics-400 with three crops of 224 x 224 from
    frames with a short side of 256. MMAction2's ``ThreeCrop`` requires crops
    that take the whole short side; for these, both give the same.

    Convention: along the shorter side the crops are centred. In square
    frames, the width counts as the longer side. Crops as long as the longer
    side move along the other one. The gaps before and after the middle crop
    are equal and rounded down, so that with an odd remainder the last crop
    ends one pixel before the border. All this is as in ``ThreeCrop``.

    With ``lazy``, ``FuseClip`` cuts the crops (MMAction2's ``Fuse`` fails:
    it allows one crop only).

    Required keys: ``imgs``.
    Changed keys: ``imgs``, all frames of the first (left, top) crop, then
    of the last (right, bottom), then of the middle one, the order of
    ``ThreeCrop``. ``FormatShape`` makes three views of them.
    Added keys: ``crop_bbox``, one (x1, y1, x2, y2) for each image, and
    ``img_shape``, (h, w).

    Args:
        crop_size: (w, h) of the crops in pixels, MMAction2's order, or one
            number for both.
        lazy: whether to leave the cutting to ``FuseClip``.

    Raises:
        TypeError: if ``crop_size`` holds no ints.
        ValueError: if it is no pair, a number is below 1, the crop does not
            fit into the frame, ``lazy`` is false after lazy operations, or
            one of these is a flip or cuts three crops.
    """

    crop_size: Union[int, Sequence[int]]
    lazy: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.crop_size, (tuple, list)):
            self.crop_size = (self.crop_size, self.crop_size)
        require_ints('crop_size', self.crop_size, ('w', 'h'),
                     'Give width and height in pixels.')
        self.crop_size = tuple(self.crop_size)

    def transform(self, results: dict) -> dict:
        """Cut the crops."""
        require(self.lazy or 'lazy' not in results, 'results',
                'pending lazy operations', 'cropped and resized images',
                'Put Fuse before this crop, or set lazy=True.')
        _init_lazy_if_proper(results, self.lazy)
        imgs, frame_shape = results['imgs'], results['img_shape']
        crop_w, crop_h = self.crop_size
        boxes = np.array([(x, y, x + crop_w, y + crop_h)
                          for x, y in _corners(frame_shape, self.crop_size)])
        if self.lazy:
            _postpone(results['lazy'], boxes, frame_shape)
        else:
            results['imgs'] = [
                img[y1:y2, x1:x2] for x1, y1, x2, y2 in boxes for img in imgs
            ]
        results['crop_bbox'] = boxes.repeat(len(imgs), 0)
        results['img_shape'] = (crop_h, crop_w)
        return results


def _postpone(lazy: dict, boxes: np.ndarray,
              frame_shape: Tuple[int, int]) -> None:
    """Put boxes into the lazy operations, in pixels of the original frame.

    Args:
        lazy: the operations so far.
        boxes: (3, 4) pixels of the frame that they give.
        frame_shape: (h, w) of this frame.
    """
    height, width = frame_shape
    pending = lazy['crop_bbox']
    require(pending.shape == (4, ) and not lazy['flip'], 'pending operations',
            'a flip or three crops', 'resizing and single crops',
            'Put flips last and crop into three once.')
    # Pixels of the original frame per pixel of the boxes
    scale = (pending[2:] - pending[:2]) / (width, height)
    boxes = boxes * np.tile(scale, 2) + np.tile(pending[:2], 2)
    lazy['crop_bbox'] = boxes.astype(np.float32)


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
