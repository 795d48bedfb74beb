"""Where the frames of a video are, known without decoding it."""

import math
from typing import Any, Callable, List, NamedTuple, Optional, Set, Tuple

from .mp4_boxes import sample_entries
from .packet_kinds import (
    Kind,
    kind_reader,
    may_be_reordered,
    parameter_sets,
)

# Containers that state when each packet is shown; others state less (AVI),
# may start anew (MPEG-TS), or leave gaps that FFmpeg guesses.
_FORMATS = ('mp4', 'matroska')


class PacketInfo(NamedTuple):
    """What is known of a packet of a frame without its bytes.

    Attributes:
        number: among the packets, in the order of the file.
        pts, dts: times of display and of decoding.
        is_keyframe, is_discard: as the container marks it.
        kind: what it holds; None: nobody knows.
        sets: what sets up the decoder, see :func:`parameter_sets`.
        may_be_reordered: see there.
    """

    number: int
    pts: Optional[int]
    dts: Optional[int]
    is_keyframe: bool
    is_discard: bool
    kind: Optional[Kind]
    sets: Tuple[bytes, ...]
    may_be_reordered: bool


def packet_reader(context: Any
                  ) -> Optional[Callable[[int, Any], PacketInfo]]:
    """A function from number and packet to what is known of it.

    Args:
        context: of the decoder (PyAV).

    Returns:
        None for codecs whose packets must be decoded to tell.
    """
    read_kind = kind_reader(context)
    if read_kind is None:
        return None

    def read(number: int, packet: Any) -> PacketInfo:
        return PacketInfo(
            number, packet.pts, packet.dts, packet.is_keyframe,
            packet.is_discard, read_kind(packet),
            tuple(parameter_sets(context, packet)),
            bool(context.has_b_frames) and may_be_reordered(context, packet))

    return read


class FrameIndex(NamedTuple):
    """The frames of a video of which any can be found and decoded.

    Attributes:
        times: of display, increasing; frame n is shown at ``times[n]``.
        groups: the packets, in groups that begin with a key. No frame of a
            group refers to another group.
    """

    times: List[int]
    groups: List[List[PacketInfo]]

    def runs(self, wanted: Set[int]) -> List[List[PacketInfo]]:
        """The groups with wanted frames, as runs without gaps.

        Args:
            wanted: times of the frames.
        """
        runs: List[List[PacketInfo]] = [[]]
        for group in self.groups:
            if any(packet.pts in wanted for packet in group):
                runs[-1] += group
            elif runs[-1]:
                runs.append([])
        return runs if runs[-1] else runs[:-1]


def make_index(file_format: str, content: bytes, context: Any,
               packets: List[PacketInfo]) -> Optional[FrameIndex]:
    """Make the index of a video.

    Args:
        file_format: FFmpeg's name of the container.
        content: the bytes of the file.
        context: of the decoder (PyAV).
        packets: of the whole video, in the order of the file; none if
            they cannot be read.

    Returns:
        None if the packets do not tell for sure which frames decoding them
        in order gives: then only that can tell. The reasons: a container
        or a codec that hides it, frames without times or with equal ones,
        times of decoding in the place of those of display, keyframes that
        are none or do not separate the frames before from those after,
        settings of the decoder that change on the way.
    """
    if not packets or not any(name in file_format for name in _FORMATS):
        return None
    if packets[0].kind is not Kind.KEY or any(
            packet.kind is None
            or packet.is_keyframe and packet.kind is not Kind.KEY
            for packet in packets):
        return None
    if 'mp4' in file_format and max(
            map(len, sample_entries(content)), default=1) > 1:
        return None
    if not _are_settings_constant(context, packets):
        return None
    groups: List[List[PacketInfo]] = []
    group_times: List[List[Any]] = []  # without those of hidden frames
    for packet in packets:
        if packet.kind is Kind.KEY:
            groups.append([])
            group_times.append([])
        groups[-1].append(packet)
        if packet.kind is not Kind.HIDDEN:
            group_times[-1].append(packet.pts)
    times = [time for some in group_times for time in some]
    if None in times or len(set(times)) < len(times):
        return None
    if times == sorted(times) and any(
            packet.may_be_reordered for packet in packets):
        return None  # times of decoding
    if not _follow_each_other(group_times):
        return None
    discarded = {packet.pts for packet in packets if packet.is_discard}
    return FrameIndex(sorted(set(times) - discarded), groups)


def _are_settings_constant(context: Any,
                           packets: List[PacketInfo]) -> bool:
    """Whether each key finds the decoder as it is when decoding in order.

    It does if packets only repeat what the decoder starts with, or if all
    keys bring the same and the others nothing.
    """
    known = context.extradata or b''
    return all(one in known for packet in packets for one in packet.sets
               ) or all(
        packet.sets == (packets[0].sets if packet.kind is Kind.KEY else ())
        for packet in packets)


def _follow_each_other(groups: List[List[int]]) -> bool:
    """Whether all frames of a group are shown before the next group's.

    Args:
        groups: times of the frames of each group, the key's first.
    """
    latest = -math.inf
    for times in groups:
        if not latest < times[0] == min(times):
            return False
        latest = max(times)
    return True
