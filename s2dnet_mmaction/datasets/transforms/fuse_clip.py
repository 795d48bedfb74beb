"""All lazy crops, resizes and flips of a clip in one step."""

from typing import Any, Iterator, List, Tuple, Union

import cv2
import numpy as np
from mmaction.datasets.transforms.processing import _init_lazy_if_proper
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require
from .. import memory
from ..decoding.boxes import make_cut
from ..decoding.lazy_frames import LazyFrames

_FLIPS = dict(horizontal=1, vertical=0, diagonal=-1)  # codes of cv2.flip


class Clip(np.ndarray):
    """Images of a clip in one array, (V * T, h, w, C).

    Its deep copy is the list of images that MMAction2's transforms give, so
    that a tool can change the size of single images of the copy, as
    ``browse_dataset.py`` does.
    """

    def __deepcopy__(self, memo: dict) -> Union[np.ndarray, List[np.ndarray]]:
        """A list of (h, w, C) images; an array of what was reshaped."""
        copied = np.array(self)
        return list(copied) if copied.ndim == 4 else copied


@TRANSFORMS.register_module()
class FuseClip(BaseTransform):
    """Crop, resize and flip each frame once and write it into the clip.

    Takes the place of MMAction2's ``Fuse`` after resizing, crops and flips
    with ``lazy=True``. The differences:

    - The clip is one array in reused memory, which
      ``FormatShape(input_format='NCTHW')`` and ``PackActionInputs`` do not
      copy.
    - Frames of ``ClipDecode`` are decoded one by one, so that no clip of
      whole frames is held.
    - Boxes are not rounded to whole pixels.
    - A lazy ``ThreePatchCrop`` is allowed; lazy operations are optional.

    The pixels equal those of the same transforms without ``lazy`` if at most
    one of them changes the size of the frames: always when testing with one
    resize, and when training on frames that the first resize leaves as they
    are (340 x 256, short side 256). If two do, each pixel is interpolated
    once, at the same place; see ``make_cut``.

    Required keys: ``imgs``, of ``ClipDecode`` or a list of images of one
    shape; ``lazy`` and ``img_shape`` after lazy operations.
    Changed keys: ``imgs``, a :class:`Clip` (V * T, h, w, C), V views one
    after another; ``img_shape``, (h, w). Removed: ``lazy``.

    Raises:
        ValueError: if images differ in shape, a box is empty, or the video
            cannot be decoded.
    """

    def transform(self, results: dict) -> dict:
        """Make the clip."""
        imgs = results['imgs']
        shape = imgs.shape if isinstance(imgs, LazyFrames) else (
            imgs[0].shape[:2])
        if 'lazy' not in results:
            results['img_shape'] = shape
        _init_lazy_if_proper(results, lazy=True)
        lazy, size = results.pop('lazy'), tuple(results['img_shape'])
        boxes = np.reshape(lazy['crop_bbox'], (-1, 4))
        cut = make_cut(boxes, size, shape, lazy['interpolation'] or 'bilinear')
        clip = None
        for positions, image in _images(imgs):
            if clip is None:
                clip = memory.local_pool.empty(
                    (len(boxes), len(imgs), *size, *image.shape[2:]),
                    image.dtype)
            frames = clip[:, positions[0]]
            cut(image, frames)
            if lazy['flip']:
                for frame in frames:
                    cv2.flip(frame, _FLIPS[lazy['flip_direction']], frame)
            clip[:, positions[1:]] = frames[:, None]
        results['imgs'] = clip.reshape(-1, *clip.shape[2:]).view(Clip)
        results['img_shape'] = size
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'


def _images(imgs: Any) -> Iterator[Tuple[List[int], np.ndarray]]:
    """Positions in the clip and their image."""
    if isinstance(imgs, LazyFrames):
        yield from imgs.decode()
        return
    kind = imgs[0].shape, imgs[0].dtype
    for position, image in enumerate(imgs):
        if (image.shape, image.dtype) != kind:  # to name a type takes time
            require(False, f'imgs[{position}]',
                    f'{image.dtype} {image.shape}',
                    f'{kind[1]} {kind[0]}, as the others',
                    'Give the frames one size and type.')
        yield [position], image
