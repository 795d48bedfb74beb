"""What the compressed packets of a video hold, by their first bits.

A container may mark the wrong packets as keyframes, and some packets hold a
frame that is never shown. The codec's own headers tell.
"""

import enum
from functools import partial
from typing import Any, Callable, Iterator, List, Optional, Tuple


class Kind(enum.Enum):
    """KEY: decoding can start here; HIDDEN: gives no frame."""
    KEY = 'key'
    OTHER = 'other'
    HIDDEN = 'hidden'


# None: a packet that may give no frame or several, or more than it holds
Reader = Callable[[Any], Optional[Kind]]


def kind_reader(context: Any) -> Optional[Reader]:
    """A function that tells the kind of a packet of a whole frame.

    Args:
        context: of the decoder (PyAV).

    Returns:
        None for codecs whose packets must be decoded to tell: MPEG-4 part
        2, for example, has placeholders and two frames in one packet.
    """
    if context.codec.intra_only:
        return _intra
    codec = context.codec.canonical_name
    if codec in ('h264', 'hevc'):
        extradata = context.extradata or b''
        # avcC, hvcC; with start codes in its place, packets have them, too
        at = {'h264': 4, 'hevc': 21}[codec]
        if len(extradata) <= at or extradata[0] != 1:
            return None
        return partial(dict(h264=_h264, hevc=_hevc)[codec],
                       (extradata[at] & 3) + 1)
    return dict(vp8=_vp8, vp9=_vp9, av1=_av1).get(codec)


def _intra(packet: Any) -> Kind:
    return Kind.KEY


def _av1(packet: Any) -> Kind:
    # One shown frame per packet (AV1 in ISO base media or Matroska)
    return Kind.KEY if packet.is_keyframe else Kind.OTHER


def _h264(length_size: int, packet: Any) -> Optional[Kind]:
    """ISO 14496-10, table 7-1; parts of a slice (2..4) come without IDR.

    Only an IDR picture is a key: behind other recovery points frames may
    refer to those before.
    """
    for header, _ in _nal_units(packet, length_size):
        if header & 31 in (1, 5):
            return Kind.KEY if header & 31 == 5 else Kind.OTHER
    return None


def _hevc(length_size: int, packet: Any) -> Optional[Kind]:
    """ISO 23008-2, table 7-1.

    None where decoders drop frames: if they refer to frames before their
    key (8, 9), or follow a broken link or an end (16..18, 36, 37).
    """
    kind = None
    for first, second in _nal_units(packet, length_size):
        unit, layer = first >> 1 & 63, (first & 1) << 5 | second >> 3
        if unit in (8, 9, 16, 17, 18, 36, 37):
            return None
        if unit < 32 and layer == 0 and kind is None:
            kind = Kind.KEY if unit in (19, 20, 21) else Kind.OTHER
    return kind


def _nal_units(packet: Any, length_size: int) -> Iterator[Tuple[int, int]]:
    """The first two bytes of each unit."""
    data, at = memoryview(packet), 0
    while at + length_size + 2 <= len(data):
        length = int.from_bytes(data[at:at + length_size], 'big')
        at += length_size
        yield data[at], data[at + 1]
        at += length


def _vp8(packet: Any) -> Optional[Kind]:
    """RFC 6386, 9.1: the bits are those of the first byte, lowest first."""
    first = memoryview(packet)[0]
    is_key, is_shown = not first & 1, bool(first & 16)
    if not is_shown:
        return None if is_key else Kind.HIDDEN
    return Kind.KEY if is_key else Kind.OTHER


def _vp9(packet: Any) -> Optional[Kind]:
    """VP9 bitstream specification, 6.2 and annex B."""
    frames = [_vp9_frame(first) for first in _vp9_first_bytes(packet)]
    shown = sum(is_shown for _, is_shown in frames)
    if shown != 1:
        return None if frames == [] or shown > 1 else Kind.HIDDEN
    is_key, is_shown = frames[0]
    return Kind.KEY if is_key and is_shown else Kind.OTHER


def _vp9_frame(first: int) -> Tuple[bool, bool]:
    """Whether a frame is a keyframe, and shown."""
    profile = first >> 5 & 1 | (first >> 3 & 2)
    bits = first << (1 if profile == 3 else 0)  # skip a reserved bit
    if bits & 8:  # show_existing_frame
        return False, True
    return not bits & 4, bool(bits & 2)


def _vp9_first_bytes(packet: Any) -> List[int]:
    """Of each frame of a superframe, or of the only frame."""
    data = memoryview(packet)
    last = data[-1]
    count, size = (last & 7) + 1, (last >> 3 & 3) + 1
    index = len(data) - 2 - count * size
    if last >> 5 != 6 or index < 0 or data[index] != last:
        return [data[0]]
    firsts, at = [], 0
    for entry in range(index + 1, len(data) - 1, size):
        length = int.from_bytes(data[entry:entry + size], 'little')
        if length > 0 and at < index:
            firsts.append(data[at])
        at += length
    return firsts
