"""All pending geometry, once, for the whole clip."""

from typing import Any, Iterator, List, Tuple

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require
from ..decoding.boxes import make_cut
from ..decoding.lazy_frames import PendingFrames
from ..decoding.rgb_window import Window

_FLIPS = dict(horizontal=1, vertical=0, diagonal=-1)  # codes of cv2.flip


@TRANSFORMS.register_module()
class FuseClip(BaseTransform):
    """Cut, resize and flip each frame once, straight into the clip.

    Takes the place of the host's ``Fuse`` after resizing, crops and flips
    with ``lazy=True``. What differs: the clip is one array, which
    ``FormatShape(input_format='NCTHW')`` and ``PackActionInputs`` hand on
    without a copy; frames of ``ClipDecode`` are decoded on the way, one by
    one; boxes are not rounded to whole pixels; ``ThreePatchCrop`` may be
    pending; nothing need be.

    Against the same transforms without ``lazy`` the clip is the same to the
    bit if at most one of them changes the size of the frames: always when
    testing with one resize, and when training on frames that the first
    resize leaves as they are (340 x 256, short side 256). Where two do, each
    pixel is read once, at the same place; see ``make_cut``.

    Required keys: ``imgs``, of ``ClipDecode`` or a list of images of one
    shape; ``lazy`` and ``img_shape`` where something is pending.
    Changed keys: ``imgs``, (V * T, h, w, C), V views one after another;
    ``img_shape``, (h, w). Removed: ``lazy``.

    Raises:
        ValueError: if images differ in shape, a box is empty, or the video
            cannot be decoded.
    """

    def transform(self, results: dict) -> dict:
        """Make the clip."""
        imgs = results['imgs']
        lazy = results.pop('lazy', None)
        if lazy is None:
            lazy, size = _nothing_pending(imgs)
        else:
            size = tuple(results['img_shape'])
        shape = tuple(lazy['original_shape'])
        boxes = np.reshape(lazy['crop_bbox'], (-1, 4))
        window, cut = make_cut(boxes, size, shape, lazy['interpolation']
                               or 'bilinear')
        clip = None
        for positions, image in _windows(imgs, window, shape):
            if clip is None:
                clip = np.empty(
                    (len(boxes), len(imgs), *size, *image.shape[2:]),
                    image.dtype)
            frames = clip[:, positions[0]]
            cut(image, frames)
            if lazy['flip']:
                for frame in frames:
                    cv2.flip(frame, _FLIPS[lazy['flip_direction']], frame)
            clip[:, positions[1:]] = frames[:, None]
        results['imgs'] = clip.reshape(-1, *clip.shape[2:])
        results['img_shape'] = size
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'


def _nothing_pending(imgs: Any) -> Tuple[dict, Tuple[int, int]]:
    height, width = (
        imgs.shape if isinstance(imgs, PendingFrames) else imgs[0].shape[:2])
    lazy = dict(
        original_shape=(height, width),
        crop_bbox=(0, 0, width, height),
        interpolation=None,
        flip=False)
    return lazy, (height, width)


def _windows(imgs: Any, window: Window, shape: Tuple[int, int]
             ) -> Iterator[Tuple[List[int], np.ndarray]]:
    """Positions in the clip, and what stands there."""
    if isinstance(imgs, PendingFrames):
        yield from imgs.decode(window)
        return
    kind = shape + imgs[0].shape[2:], imgs[0].dtype
    for position, image in enumerate(imgs):
        require((image.shape, image.dtype) == kind, f'imgs[{position}]',
                f'{image.dtype} {image.shape}',
                f'{kind[1]} {kind[0]}, as the others',
                'Give the frames one size and type.')
        yield [position], window.of(image)
