"""Reading of raw frames, with clear errors."""

import os
import os.path as osp
from typing import Any, Optional

import cv2
import mmcv
import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.fileio import exists, get

from ..._checks import require


@TRANSFORMS.register_module()
class RawClipDecode(BaseTransform):
    """Read the frames of a folder, in place of ``RawFrameDecode``.

    The images are the same. A frame that is missing, truncated or no image
    is one error that names it. So is a folder without the last frame of the
    list: the number of frames is wrong, or they are not numbered from
    ``start_index`` on, so that all would be taken for others.

    Required keys: ``frame_dir``, ``filename_tmpl``, ``frame_inds``,
    ``start_index``, ``total_frames``, ``modality``; ``offset`` is optional.
    Added keys: ``imgs``, ``img_shape`` and ``original_shape``, both (h, w).

    Args:
        io_backend: where the files are, one of MMEngine's file backends;
            ``'disk'`` and ``'local'``: in the file system.
        decoding_backend: one of mmcv's image backends.
        kwargs: options of the file backend.

    Raises:
        FileNotFoundError: if a frame or its folder is missing.
        ValueError: if a frame cannot be decoded, or is not RGB.
    """

    def __init__(self, io_backend: str = 'disk',
                 decoding_backend: str = 'cv2', **kwargs: Any) -> None:
        self.io_backend = io_backend
        self.decoding_backend = decoding_backend
        backend = 'local' if io_backend == 'disk' else io_backend
        self.backend_args = dict(backend=backend, **kwargs)

    def transform(self, results: dict) -> dict:
        """Read the frames."""
        require(results['modality'] == 'RGB', 'modality', results['modality'],
                'RGB', 'Use RawFrameDecode for optical flow.')
        last = results['start_index'] + results['total_frames'] - 1
        path = _path(results, last)
        if not exists(path, self.backend_args):
            raise _missing(path, results)
        images, imgs = {}, []
        for n in np.ravel(results['frame_inds']).tolist():
            if n not in images:
                images[n] = self._read(_path(results, n), results)
                imgs.append(images[n])
            else:  # a transform may write to it
                imgs.append(images[n].copy())
        results['imgs'] = imgs
        results['img_shape'] = results['original_shape'] = imgs[0].shape[:2]
        return results

    def _read(self, path: str, results: dict) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        try:
            data = get(path, self.backend_args)
        except FileNotFoundError as error:
            raise _missing(path, results) from error
        # OpenCV 4 paints what is missing of a JPEG grey. Whole is one with
        # an end (ff d9) behind its last scan (ff da); a thumbnail has both.
        cut = data[:2] == b'\xff\xd8' and data.find(
            b'\xff\xd9', data.rfind(b'\xff\xda')) < 0
        image = None if cut or not data else self._decode(data)
        require(image is not None, path, f'{len(data)} bytes that are '
                f'{"a truncated JPEG" if cut else "no image"}',
                'an image that can be decoded',
                'Extract the frames of this video again.')
        return image

    def _decode(self, data: bytes) -> Optional[np.ndarray]:
        try:
            return mmcv.imfrombytes(
                data, channel_order='rgb', backend=self.decoding_backend)
        except (cv2.error, OSError, SyntaxError):  # the last two of Pillow
            return None

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(io_backend={self.io_backend!r}, '
                f'decoding_backend={self.decoding_backend!r})')


def _path(results: dict, number: int) -> str:
    number += results.get('offset', 0)
    return osp.join(results['frame_dir'],
                    results['filename_tmpl'].format(number))


def _missing(path: str, results: dict) -> FileNotFoundError:
    """Error that says what there is instead of a frame."""
    folder = results['frame_dir']
    found = 'no such folder'
    if osp.isdir(folder):
        names = sorted(os.listdir(folder))
        shown = f' ({names[0]} .. {names[-1]})' if names else ''
        found = f'no such frame but {len(names)} files{shown} beside it'
    elif osp.isfile(folder):
        found = 'a file in place of the folder'
    start = results['start_index'] + results.get('offset', 0)
    first = results['filename_tmpl'].format(start)
    return FileNotFoundError(
        f'{path}: got {found}, expected '
        f'{results["total_frames"]} frames from {first} on. Correct the line '
        'of the list, data_prefix, or filename_tmpl and start_index of the '
        'data set.')
