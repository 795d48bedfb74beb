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
# Of the first byte of a unit: the bits that are its type, and their values
# for parameter sets: ISO 14496-10, table 7-1; ISO 23008-2, table 7-1
_SETS = dict(h264=(31, (7, 8)), hevc=(126, (32 << 1, 33 << 1, 34 << 1)))


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
        length_size = _length_size(context)
        return length_size and partial(
            dict(h264=_h264, hevc=_hevc)[codec], length_size)
    return dict(vp8=_vp8, vp9=_vp9, av1=_av1).get(codec)


def parameter_sets(context: Any, packet: Any) -> List[bytes]:
    """What sets up the decoder from this packet on.

    The parameter sets of H.264 and HEVC, and the sequence headers of AV1,
    as they are in the decoder's extradata. Frames of other codecs hold all
    that their decoding needs.

    Args:
        context: of the decoder (PyAV), one with a ``kind_reader``.
    """
    codec = context.codec.canonical_name
    if codec == 'av1':
        return list(_av1_sequence_headers(packet))
    if codec not in _SETS:
        return []
    mask, headers = _SETS[codec]
    return [len(unit).to_bytes(2, 'big') + unit
            for unit in _nal_units(packet, _length_size(context))
            if unit[0] & mask in headers]


def may_be_reordered(context: Any, packet: Any) -> bool:
    """Whether a frame may be shown before others that are decoded first.

    Args:
        context: of the decoder (PyAV), one with a ``kind_reader``.

    Returns:
        False for H.264 without B-slices. Other codecs do not tell.
    """
    return context.codec.canonical_name != 'h264' or any(
        unit[0] & 31 in (1, 5) and _h264_slice_type(unit) in (1, 6)
        for unit in _nal_units(packet, _length_size(context)))


def _h264_slice_type(unit: bytes) -> int:
    """The second number of a slice; ISO 14496-10, 7.3.3 and 9.1."""
    # Ones behind the end: a damaged unit has a second number, too
    padded = unit[1:9].ljust(24, b'\xff')
    bits = f'{int.from_bytes(padded, "big"):0192b}'
    start = end = 0
    for _ in range(2):
        start = bits.index('1', end)
        end = 2 * start - end + 1  # behind n zeros come n + 1 bits
    return int(bits[start:end], 2) - 1


def _length_size(context: Any) -> Optional[int]:
    """Bytes of the length before each unit; None: start codes instead."""
    # avcC, hvcC; with start codes in its place, packets have them, too
    extradata = context.extradata or b''
    at = {'h264': 4, 'hevc': 21}[context.codec.canonical_name]
    if len(extradata) <= at or extradata[0] != 1:
        return None
    return (extradata[at] & 3) + 1


def _intra(packet: Any) -> Kind:
    return Kind.KEY


def _av1(packet: Any) -> Kind:
    # One shown frame per packet (AV1 in ISO base media or Matroska)
    return Kind.KEY if packet.is_keyframe else Kind.OTHER


def _av1_sequence_headers(packet: Any) -> Iterator[bytes]:
    """AV1 bitstream specification, 5.3."""
    data, at = bytes(packet), 0
    while at < len(data):
        start, first = at, data[at]
        at += 2 if first & 4 else 1  # an extension of the header
        size = 0 if first & 2 else len(data) - at
        for n, byte in enumerate(data[at:at + 8] if first & 2 else b''):
            size |= (byte & 127) << 7 * n
            at += 1
            if byte < 128:
                break
        at += size
        if first >> 3 & 15 == 1:
            yield data[start:at]


def _h264(length_size: int, packet: Any) -> Optional[Kind]:
    """ISO 14496-10, table 7-1; parts of a slice (2..4) come without IDR.

    Only an IDR picture is a key: behind other recovery points frames may
    refer to those before.
    """
    for unit in _nal_units(packet, length_size):
        if unit[0] & 31 in (1, 5):
            return Kind.KEY if unit[0] & 31 == 5 else Kind.OTHER
    return None


def _hevc(length_size: int, packet: Any) -> Optional[Kind]:
    """ISO 23008-2, table 7-1.

    None where decoders drop frames: if they refer to frames before their
    key (8, 9), or follow a broken link or an end (16..18, 36, 37).
    """
    kind = None
    for unit in _nal_units(packet, length_size):
        header = int.from_bytes(unit[:2], 'big')
        number, layer = header >> 9 & 63, header >> 3 & 63
        if number in (8, 9, 16, 17, 18, 36, 37):
            return None
        if number < 32 and layer == 0 and kind is None:
            kind = Kind.KEY if number in (19, 20, 21) else Kind.OTHER
    return kind


def _nal_units(packet: Any, length_size: int) -> Iterator[bytes]:
    """Units of at least two bytes."""
    data, at = bytes(packet), 0
    while at + length_size + 2 <= len(data):
        length = int.from_bytes(data[at:at + length_size], 'big')
        at += length_size
        yield data[at:at + max(length, 2)]
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
