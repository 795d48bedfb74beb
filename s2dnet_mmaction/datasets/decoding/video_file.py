"""Frames of a video file by number, decoded with PyAV.

The numbers are those of decoding in order. Where the file tells for sure
which packets a frame needs (see FrameIndex), the others are left out: B-frames
that no frame refers to, groups of pictures without a wanted frame, everything
after the last wanted frame. The converter to RGB is set up once a video. Both
make it faster than MMAction2's decoders without changing a pixel.
"""

import io
import math
import mmap
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import (
    Any,
    Collection,
    Generator,
    Iterable,
    Iterator,
    List,
    Optional,
    Set,
    Tuple,
    Union,
)

import av
import numpy as np

from ..._checks import require, require_int
from .errors import UnreadableVideoError
from .frame_index import FrameIndex, PacketInfo, make_index, packet_reader
from .rgb_converter import RgbConverter
from .video_stream import choose_stream, require_whole

# Frames that were decoded to count them are kept up to this size.
_KEPT_BYTES = 64 << 20
# Frames at the start that must be those of the index
_COMPARED_FRAMES = 3


class VideoFile:
    """A video, open for decoding.

    Convention: frame n is the n-th that decoding the file's best video
    stream from its start gives, whatever their times. Frames are shown as
    by a player: turned and mirrored by the display matrix of the file.

    Args:
        content: the bytes of the file; or its path, then it is read from
            the disk whenever frames are, so that no memory is needed for
            its length.
        name: of the file, for errors.
        num_threads: of the decoder. One is best if each core runs a
            worker of a data loader.
        motion_vectors: whether frames of :meth:`decode` have them.

    Attributes:
        content: see above.
        shape: (H, W) of the upright frames.
        codec: FFmpeg's name of the codec.
        exports_motion: whether frames have motion vectors.
        orientation: of the frames.
        fps: frames per second on average; 0 if the file does not state it.

    Raises:
        TypeError: if ``num_threads`` is no int.
        UnreadableVideoError: a ValueError, if the file holds no video that
            can be decoded.
    """

    def __init__(self, content: Union[bytes, Path], name: str,
                 num_threads: int = 1, motion_vectors: bool = False) -> None:
        require_int('num_threads', num_threads)
        self.name = name
        self.exports_motion = motion_vectors
        self._exports = dict(
            flags2='+export_mvs') if motion_vectors else {}
        # Kept besides the packets, to start anew: twice the file in memory
        self.content, self._num_threads = content, num_threads
        with self._decoding(), _view(content) as view:
            self._container, self._stream = self._open()
            self._context = self._stream.codec_context
            # Still compressed: about the size of the file
            self._packets: List[Any] = []
            infos: List[PacketInfo] = []
            read_info = packet_reader(self._context)
            for packet in _demux(self._container, self._stream):
                if read_info is not None:
                    infos.append(read_info(len(infos), packet))
                if isinstance(content, bytes):
                    self._packets.append(packet)
            require_whole(self._container, view, name)
            self._index = make_index(self._container.format.name, view,
                                     self._context, infos)
            # Without an index: all frames, if they are small; or where
            # decoding in order is, before frame _next
            self._kept: List[Any] = []
            self._in_order: Optional[Iterator[Any]] = None
            self._next = 0
            first = self._first_frame()
        self._rgb = RgbConverter(first)
        self.shape, self.orientation = self._rgb.shape, self._rgb.orientation
        self.codec = self._context.codec.canonical_name
        self.fps = float(self._stream.average_rate or 0)

    def __len__(self) -> int:
        """Number of frames."""
        return self._len

    def frames(self, indices: Collection[int]
               ) -> Iterator[Tuple[int, np.ndarray]]:
        """Decode frames.

        Args:
            indices: of the frames, each 0 <= n < len(self), in any order.

        Yields:
            (n, (H, W, 3) uint8 RGB), each wanted frame. If a frame comes
            twice, the later one is right: the file turned out to be damaged
            on the way, so that all is decoded again in order.

        Raises:
            ValueError: if an index is too large.
            UnreadableVideoError: if the file is damaged.
        """
        for n, frame in self.decode(indices):
            yield n, self.image(frame)

    def image(self, frame: Any) -> np.ndarray:
        """(H, W, 3) uint8 RGB of a frame of :meth:`decode`."""
        return self._rgb.image(frame)

    def decode(self, indices: Collection[int]) -> Iterator[Tuple[int, Any]]:
        """Decode frames, see :meth:`frames`, to those of PyAV."""
        wanted = set(map(int, indices))
        require(
            all(0 <= n < len(self) for n in wanted), f'frames of {self.name}',
            sorted(wanted)[::max(1, len(wanted) - 1)],
            f'numbers from 0 to {len(self) - 1}',
            'Sample frames that the video has.')
        with self._decoding():
            yield from self._decode_wanted(wanted)

    def _open(self) -> Tuple[Any, Any]:
        """The file, and its video stream."""
        file = io.BytesIO(self.content) if isinstance(
            self.content, bytes) else str(self.content)
        # Titles may be in any encoding.
        container = av.open(file, metadata_errors='replace')
        stream = choose_stream(container, self.name)
        stream.thread_type = 'NONE' if self._num_threads == 1 else 'AUTO'
        stream.codec_context.thread_count = self._num_threads
        stream.codec_context.options = self._exports
        return container, stream

    def _first_frame(self) -> Any:
        """The first frame; also sees to the number of frames."""
        if self._index is not None:
            # Where frames are left out, damage would go unnoticed.
            self._context.options = dict(self._exports,
                                         err_detect='explode')
            frames = self._compared_frames(self._index)
            if frames:
                self._len = len(self._index.times)
                return frames[0]
            self._start_anew()
        first, size, self._len = None, 0, 0
        for frame in self._decode_in_order():
            first = first or frame
            self._len += 1
            size += sum(plane.buffer_size for plane in frame.planes)
            if size <= _KEPT_BYTES:
                self._kept.append(frame)
        if len(self._kept) < self._len:
            self._kept = []
        require(first is not None, self.name,
                'a video without a frame that can be decoded', 'at least one',
                'Remove it from the annotation file.', UnreadableVideoError)
        return first

    def _compared_frames(self, index: FrameIndex) -> List[Any]:
        """The first frames; none if they are not those of the index."""
        frames = []
        try:
            for time, frame in zip(index.times[:_COMPARED_FRAMES],
                                   self._decode_in_order()):
                if frame.pts != time:
                    return []
                frames.append(frame)
        except av.error.FFmpegError:
            return []
        return frames

    def _start_anew(self) -> None:
        """Decode in order from now on, as tolerant as FFmpeg is.

        A decoder that has been in use would not do: flushing leaves it the
        parameter sets of later packets.
        """
        self._index = None
        self._container, self._stream = self._open()
        self._context = self._stream.codec_context

    def _decode_wanted(self, wanted: Set[int]) -> Iterator[Tuple[int, Any]]:
        if self._kept:
            for n in sorted(wanted):
                yield n, self._kept[n]
            return
        if not wanted:
            return
        last: float = max(wanted)
        if self._index is not None:
            is_right = yield from self._decode_by_index(wanted, self._index)
            if is_right:
                return
            # The index was wrong somewhere: nowhere if the number is right.
            last = math.inf
        # Chunk by chunk, a video without an index is decoded once.
        if self._in_order is None or min(wanted) < self._next:
            self._start_anew()
            self._in_order, self._next = self._decode_in_order(), 0
        frames, self._in_order = self._in_order, None
        for frame in frames:
            self._next += 1
            if self._next - 1 in wanted:
                yield self._next - 1, frame
            if self._next > last:
                self._in_order = frames
                return
        require(
            self._next == len(self), self.name,
            f'{self._next} frames by decoding',
            f'{len(self)}, as the file states',
            'Repair the file or remove it from the annotation file.',
            UnreadableVideoError)

    def _decode_by_index(self, wanted: Set[int], index: FrameIndex
                         ) -> Generator[Tuple[int, Any], None, bool]:
        """Decode what the frames need.

        Returns:
            whether the decoder gave what the index says. If it did not,
            the index is wrong, or the file is damaged.
        """
        number = {index.times[n]: n for n in wanted}
        missing = set(number)
        for run in index.runs(missing):
            latest = -math.inf
            try:
                for frame in self._decode_run(run, missing):
                    if frame.pts is None or frame.pts <= latest:
                        return False
                    latest = frame.pts
                    if frame.pts in missing:
                        missing.remove(frame.pts)
                        yield number[frame.pts], frame
            except av.error.FFmpegError:
                return False
            if not missing.isdisjoint(packet.pts for packet in run):
                return False
        return True

    def _decode_run(self, run: List[PacketInfo],
                    missing: Set[int]) -> Iterator[Any]:
        """Decode until nothing of the run is missing."""
        here = missing.intersection(packet.pts for packet in run)
        self._context.flush_buffers()
        # None: flush the decoder
        for packet in chain(self._packets_of(run), [None]):
            if missing.isdisjoint(here):
                return
            yield from self._decode(packet,
                                    packet is None or packet.pts in here)

    def _packets_of(self, run: List[PacketInfo]) -> Iterator[Any]:
        """The packets of a run, which begins with a key."""
        if self._packets:
            yield from (self._packets[info.number] for info in run)
            return
        found = self._packets_from(run[0])
        for info, packet in zip(run, found):
            if packet.pts != info.pts:  # the file reads differently now
                return
            yield packet

    def _packets_from(self, key: PacketInfo) -> Iterator[Any]:
        """Packets from a key on, read from the disk."""
        # Containers seek by times of decoding (MP4) or of display (Matroska).
        for time in (key.dts, key.pts):
            if time is None:
                continue
            self._container.seek(time, stream=self._stream)
            packets = _demux(self._container, self._stream)
            for packet in packets:
                if packet.pts == key.pts:
                    return chain([packet], packets)
                if None not in (packet.dts, key.dts) and (
                        packet.dts > key.dts):
                    break
        return iter(())

    def _all_packets(self) -> Iterable[Any]:
        """Packets of the whole video in the order of the file."""
        if self._packets:
            return self._packets
        self._container, self._stream = self._open()
        return _demux(self._container, self._stream)

    def _decode_in_order(self) -> Iterator[Any]:
        """Decode all from the start.

        A recording may start within a group of pictures: errors of packets
        before the first keyframe are not damage.
        """
        is_begun = False
        for packet in chain(self._all_packets(), [None]):
            is_begun = is_begun or packet is None or packet.is_keyframe
            try:
                frames = self._decode(packet)
            except av.error.InvalidDataError:
                if is_begun:
                    raise
                continue
            yield from frames

    def _decode(self, packet: Any, wanted: bool = True) -> List[Any]:
        # NONREF: skip the frame if no other refers to it.
        self._context.skip_frame = 'DEFAULT' if wanted else 'NONREF'
        return self._context.decode(packet)

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """Add the file's name to FFmpeg's errors."""
        try:
            yield
        except av.error.FFmpegError as error:
            raise UnreadableVideoError(
                f'{self.name}: got a file that FFmpeg cannot decode '
                f'({error.strerror}), expected a whole video. Repair it or '
                'remove it from the annotation file.') from error


def _demux(container: Any, stream: Any) -> Iterator[Any]:
    """Packets with content."""
    return (packet for packet in container.demux(stream) if packet.size)


@contextmanager
def _view(content: Union[bytes, Path]) -> Iterator[Any]:
    """The bytes of a file, without reading all of them."""
    if isinstance(content, bytes):
        yield content
        return
    with open(content, 'rb') as file:
        if not content.stat().st_size:  # cannot be mapped
            yield b''
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            yield view
