"""The stream of a file whose frames are its video."""

import re
from typing import Any

import av
import av.logging
from av.stream import Disposition

from ..._checks import require
from .errors import UnreadableVideoError
from .mp4_boxes import boxes, sample_entries

_REMOVE = 'Remove it from the annotation file.'


def choose_stream(container: Any, name: str) -> Any:
    """The video stream that a player shows.

    That is FFmpeg's choice, the default one first, but never a cover
    picture.

    Args:
        container: an open file (PyAV).
        name: of the file, for errors.

    Raises:
        UnreadableVideoError: if the file holds no video, or there is no
            decoder for it.
    """
    streams = container.streams.video
    videos = [stream for stream in streams
              if not stream.disposition & Disposition.attached_pic]
    require(videos, name, 'a file without video'
            + (', only a cover picture' if streams else ''), 'a video',
            _REMOVE, UnreadableVideoError)
    best = container.streams.best('video')
    if best not in videos:
        best = max(videos, key=lambda stream: bool(
            stream.disposition & Disposition.default))
    if best.codec_context is None:
        raise UnreadableVideoError(
            f'{name}: got video in the codec {_codec(container, best)}, '
            'expected one that FFmpeg has a decoder for. Convert the file, '
            'or remove it from the annotation file.')
    return best


def require_whole(container: Any, content: bytes, name: str) -> None:
    """Raise UnreadableVideoError for a file that is encrypted or cut short.

    Args:
        content: the bytes of the file.
    """
    # The sample entry of encrypted video; ISO 14496-12, 8.12
    require(
        'mp4' not in container.format.name
        or all(b'encv' not in types for types in sample_entries(content)),
        name, 'an encrypted video', 'one that can be decoded', _REMOVE,
        UnreadableVideoError)
    size = _stated_size(container.format.name, content)
    require(size <= len(content), name, f'the first {len(content)} bytes',
            f'at least {size}, as the file states itself',
            'Repair the file or remove it from the annotation file.',
            UnreadableVideoError)


def _codec(container: Any, stream: Any) -> str:
    """FFmpeg's name of the codec and the file's code for it."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)  # the dump is a message
    try:
        dump = container.dumps_format()
    finally:
        av.logging.set_level(level)
    found = re.search(rf'Stream #0:{stream.index}\b.*?Video: ([^,\n]*)', dump)
    return found.group(1) if found else 'unknown'


def _stated_size(file_format: str, content: bytes) -> int:
    """Bytes up to the last frame, by the file's headers; 0 if unknown."""
    if 'mp4' in file_format:
        return max((end for kind, _, end in boxes(content)
                    if kind in (b'mdat', b'moof', b'moov')), default=0)
    if file_format == 'avi':
        # The list of frames: its size counts from its name on
        found = re.search(rb'LIST(.{4})movi', content, re.DOTALL)
        size = int.from_bytes(found.group(1), 'little') if found else 0
        # While recording, FFmpeg and others write a size above 2 GiB
        return found.start(1) + 4 + size if 0 < size < 0x7ffff000 else 0
    # Matroska: the element Segment, behind a header
    at = content.find(b'\x18\x53\x80\x67', 0, 4096)
    if 'matroska' in file_format and 0 <= at < len(content) - 4:
        # RFC 8794, 4: leading zeros tell the length of the number
        length = 9 - content[at + 4].bit_length()
        size = int.from_bytes(content[at + 4:at + 4 + length], 'big')
        size -= 1 << 7 * length  # the marker behind the zeros
        if size != (1 << 7 * length) - 1:  # all ones: unknown, live
            return at + 4 + length + size
    return 0

