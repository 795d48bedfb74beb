"""Decoding that waits for the geometry."""

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require
from ..decoding.lazy_frames import PendingFrames
from ..decoding.video_file import VideoFile


@TRANSFORMS.register_module()
class ClipDecode(BaseTransform):
    """Promise the frames, in place of the host's ``DecordDecode``.

    ``FuseClip`` decodes them, one by one, when crops and sizes are known, so
    that no clip of whole frames is ever held. Transforms that need pixels
    earlier get them all.

    Required keys: ``video_reader`` of ``ClipInit``, ``frame_inds``.
    Added keys: ``imgs``, ``img_shape`` and ``original_shape``, both (h, w).

    Raises:
        ValueError: if something else than ``ClipInit`` opened the video.
    """

    def transform(self, results: dict) -> dict:
        """Promise the frames."""
        video = results.get('video_reader')
        require(
            isinstance(video, VideoFile), 'video_reader', type(video).__name__,
            'a VideoFile', 'Open the video with ClipInit.')
        results['imgs'] = PendingFrames(video, np.ravel(results['frame_inds']))
        results['img_shape'] = results['original_shape'] = video.shape
        results['video_reader'] = None
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
