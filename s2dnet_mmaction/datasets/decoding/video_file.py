"""Frames of a video file by number, decoded with PyAV.

Two things make it faster than MMAction2's decoders without changing a pixel:
frames that neither the caller nor another frame needs are not decoded
(B-frames that no frame refers to, groups of pictures without a wanted frame,
everything after the last wanted frame), and the converter to RGB is set up
once a video.
"""

import io
import math
from contextlib import contextmanager
from typing import Any, Collection, Iterator, List, Optional, Set, Tuple

import av
import numpy as np

from ..._checks import require, require_int
from .rgb_converter import RgbConverter, upright_shape


class VideoFile:
    """A video, open for decoding.

    Convention: frame 0 is the first in order of display, frame n the n-th
    after it, whatever their times, as in decord and OpenCV. Frames are
    turned upright by the rotation that the file states, as by these.

    Args:
        content: the bytes of the file.
        name: of the file, for errors.
        num_threads: of the decoder. One is best if each core runs a
            worker of a data loader.

    Attributes:
        shape: (H, W) of the upright frames.
        fps: frames per second on average; 0 if the file does not state it.

    Raises:
        TypeError: if ``num_threads`` is no int.
        ValueError: if the file holds no video that can be decoded.
    """

    def __init__(self, content: bytes, name: str,
                 num_threads: int = 1) -> None:
        require_int('num_threads', num_threads)
        self.name = name
        with self._decoding():
            container = av.open(io.BytesIO(content))
            require(container.streams.video, name, 'a file without video',
                    'a video', 'Remove it from the annotation file.')
            stream = container.streams.video[0]
            stream.thread_type = 'NONE' if num_threads == 1 else 'AUTO'
            self._context = stream.codec_context
            self._context.thread_count = num_threads
            # Still compressed: about the size of the file
            self._packets = [
                packet for packet in container.demux(stream) if packet.size
            ]
            self._times = _times(self._packets)
            self._first = self._first_frame()
        self.shape = upright_shape(self._first)
        self.fps = float(stream.average_rate or 0)

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._times or self._packets)

    def frames(self, indices: Collection[int]
               ) -> Iterator[Tuple[int, np.ndarray]]:
        """Decode frames.

        Args:
            indices: of the frames, each 0 <= n < len(self), in any order.

        Yields:
            (n, (H, W, 3) uint8 RGB). If a frame comes twice, the later one
            is right. Frames that the decoder drops are left out, for
            example where a recording starts within a group of pictures.

        Raises:
            ValueError: if the file is damaged or an index is too large.
        """
        wanted = set(map(int, indices))
        require(
            all(0 <= n < len(self) for n in wanted), f'frames of {self.name}',
            sorted(wanted)[::max(1, len(wanted) - 1)],
            f'numbers from 0 to {len(self) - 1}',
            'Sample frames that the video has.')
        with self._decoding():
            decode = (self._decode_by_order
                      if self._times is None else self._decode_by_time)
            rgb = RgbConverter(self._first)
            for n, frame in decode(wanted):
                yield n, rgb.image(frame)

    def _decode_by_time(self, wanted: Set[int]) -> Iterator[Tuple[int, Any]]:
        number = {self._times[n]: n for n in wanted}
        missing = set(number)
        # Some keyframes do not renew the whole image. Frames that the decoder
        # did not give after such a keyframe are decoded from the file's start.
        for run in (*_runs(self._packets, number), self._packets):
            latest = -math.inf
            for frame in self._decode_run(run, missing):
                if frame.pts is None or frame.pts <= latest:
                    # The times are not those of display (H.264 in AVI).
                    yield from self._decode_by_order(wanted)
                    return
                latest = frame.pts
                if frame.pts in missing:
                    missing.remove(frame.pts)
                    yield number[frame.pts], frame
            if run and run[0] is self._packets[0]:  # dropped by the decoder
                missing.difference_update(packet.pts for packet in run)

    def _decode_run(self, run: List[Any], missing: Set[int]) -> Iterator[Any]:
        """Decode until nothing of the run is missing."""
        here = missing.intersection(packet.pts for packet in run)
        self._context.flush_buffers()
        for packet in (*run, None):  # None: flush the decoder
            if missing.isdisjoint(here):
                return
            yield from self._decode(packet,
                                    packet is None or packet.pts in here)

    def _decode_by_order(self, wanted: Set[int]) -> Iterator[Tuple[int, Any]]:
        """Decode from the start: the file has no usable times."""
        self._context.flush_buffers()
        n, last = 0, max(wanted, default=-1)
        for packet in (*self._packets, None):
            for frame in self._decode(packet):
                if n in wanted:
                    yield n, frame
                n += 1
            if n > last:
                break

    def _decode(self, packet: Any, wanted: bool = True) -> List[Any]:
        # NONREF: skip the frame if no other refers to it.
        self._context.skip_frame = 'DEFAULT' if wanted else 'NONREF'
        return self._context.decode(packet)

    def _first_frame(self) -> Any:
        """A frame, for size and rotation."""
        # One packet is enough unless the file starts within a group.
        for packets in (self._packets[:1], self._packets):
            for packet in (*packets, None):
                frames = self._decode(packet)
                if frames:
                    return frames[0]
            self._context.flush_buffers()
        raise ValueError(
            f'{self.name}: got a video without a frame that can be decoded, '
            'expected at least one. Remove it from the annotation file.')

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """Add the file's name to FFmpeg's errors."""
        try:
            yield
        except av.error.FFmpegError as error:
            raise ValueError(
                f'{self.name}: got a file that FFmpeg cannot decode '
                f'({error.strerror}), expected a whole video. Repair it or '
                'remove it from the annotation file.') from error


def _times(packets: List[Any]) -> Optional[List[int]]:
    """Times of display, sorted; None if the file does not state them."""
    times = [packet.pts for packet in packets if not packet.is_discard]
    if None in times or len(set(times)) < len(times):
        return None
    return sorted(times)


def _runs(packets: List[Any], wanted: Collection[int]) -> List[List[Any]]:
    """The packets that wanted frames need, as runs without gaps.

    Decoding can start at any keyframe. Frames that follow their keyframe in
    the file but precede it on display refer to the group before, too.
    """
    groups: List[List[Any]] = []
    for packet in packets:
        if packet.is_keyframe or not groups:
            groups.append([])
        groups[-1].append(packet)
    needed = set()
    for i, group in enumerate(groups):
        times = [packet.pts for packet in group if packet.pts in wanted]
        if times:
            needed.add(i)
            if i > 0 and min(times) < group[0].pts:
                needed.add(i - 1)
    runs: List[List[Any]] = []
    for i in sorted(needed):
        if i - 1 not in needed:
            runs.append([])
        runs[-1] += groups[i]
    return runs
