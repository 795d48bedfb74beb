"""Opening of a video file for ClipDecode."""

import os
from pathlib import Path, PurePosixPath
from typing import Union

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.fileio import get

from ..decoding.video_file import VideoFile

# A larger file of the file system is read piece by piece.
_KEPT_BYTES = 64 << 20


@TRANSFORMS.register_module()
class ClipInit(BaseTransform):
    """Open a video file, in place of MMAction2's ``DecordInit``.

    Required keys: ``filename`` (``.mp4`` is added to one without a suffix,
    as ``DecordInit`` does).
    Added keys: ``video_reader``, ``total_frames``, ``avg_fps``.

    Args:
        io_backend: where the file is, one of MMEngine's file backends;
            ``'disk'`` and ``'local'``: in the file system.
        num_threads: of the decoder.
        motion_vectors: whether to export them, for :class:`MotionView`.
        kwargs: options of the backend.

    Raises:
        TypeError: if ``num_threads`` is no int.
        ValueError: if it is below 1.
        OSError: if a file cannot be opened.
        UnreadableVideoError: a ValueError, if it cannot be decoded.
    """

    def __init__(self,
                 io_backend: str = 'disk',
                 num_threads: int = 1,
                 motion_vectors: bool = False,
                 **kwargs) -> None:
        self.io_backend = io_backend
        self.num_threads = num_threads
        self.motion_vectors = motion_vectors
        backend = 'local' if io_backend == 'disk' else io_backend
        self.backend_args = dict(backend=backend, **kwargs)

    def transform(self, results: dict) -> dict:
        """Open the file."""
        filename = str(results['filename'])
        if not PurePosixPath(filename).suffix:
            filename += '.mp4'
        video = VideoFile(self._read(filename), filename, self.num_threads,
                          self.motion_vectors)
        results['video_reader'] = video
        results['total_frames'] = len(video)
        results['avg_fps'] = video.fps
        return results

    def _read(self, filename: str) -> Union[bytes, Path]:
        """The bytes of a file; of a large one the path."""
        if self.backend_args == dict(backend='local') and os.path.isfile(
                filename) and os.path.getsize(filename) > _KEPT_BYTES:
            return Path(filename)
        try:
            return get(filename, self.backend_args)
        except OSError as error:
            if filename in str(error):
                raise
            # Errors of the network do not say which file it was.
            raise OSError(
                f'{filename}: got {error}, expected a file that can be read. '
                'Check the name and the connection.') from error

    def __repr__(self) -> str:
        vectors = ', motion_vectors=True' if self.motion_vectors else ''
        return (f'{type(self).__name__}(io_backend={self.io_backend!r}, '
                f'num_threads={self.num_threads}{vectors})')
