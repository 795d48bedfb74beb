"""Decoding that is put off until FuseClip."""

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require
from ..decoding.lazy_frames import LazyFrames
from ..decoding.video_file import VideoFile


@TRANSFORMS.register_module()
class ClipDecode(BaseTransform):
    """Put a lazy sequence into ``imgs``, in place of ``DecordDecode``.

    ``FuseClip`` decodes it once the crop is known, frame by frame. A
    transform before it that reads an image has all frames decoded.

    Required keys: ``video_reader`` of ``ClipInit``, ``frame_inds``.
    Added keys: ``imgs``, ``img_shape`` and ``original_shape``, both (h, w).

    Raises:
        ValueError: if another transform than ``ClipInit`` opened the video.
    """

    def transform(self, results: dict) -> dict:
        """Put a lazy sequence into ``imgs``."""
        video = results.get('video_reader')
        require(
            isinstance(video, VideoFile), 'video_reader', type(video).__name__,
            'a VideoFile', 'Open the video with ClipInit.')
        results['imgs'] = LazyFrames(video, np.ravel(results['frame_inds']))
        results['img_shape'] = results['original_shape'] = video.shape
        results['video_reader'] = None
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
