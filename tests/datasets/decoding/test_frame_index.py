"""The index of frames, and where there is none."""

from types import SimpleNamespace

import av
import pytest

from s2dnet_mmaction.datasets.decoding.frame_index import (
    FrameIndex,
    make_index,
    packet_reader,
)

KEY, OTHER, HIDDEN = 0b10000, 0b10001, 0b00001  # first bytes of VP8


def packets(*kinds_and_times):
    made = []
    for first, time in kinds_and_times:
        packet = av.Packet(bytes([first, 0]))
        packet.pts, packet.is_keyframe = time, first == KEY
        made.append(packet)
    return made


def index(packets, file_format='matroska,webm', codec='vp8', reorders=False,
          extradata=None):
    context = SimpleNamespace(
        codec=SimpleNamespace(canonical_name=codec, intra_only=False),
        extradata=extradata, has_b_frames=reorders)
    return make_index(file_format, b'', context, infos(packets, context))


def infos(packets, context):
    read = packet_reader(context)
    return [read(number, packet)
            for number, packet in enumerate(packets) if read is not None]


def test_groups_and_times():
    video = packets((KEY, 0), (OTHER, 4), (OTHER, 2), (HIDDEN, 6), (KEY, 6),
                    (OTHER, 8))
    got = index(video)
    assert got.times == [0, 2, 4, 6, 8]
    assert [[packet.number for packet in group] for group in got.groups] == [
        [0, 1, 2, 3], [4, 5]]


def test_runs():
    groups = [packets((KEY, time), (OTHER, time + 1))
              for time in range(0, 8, 2)]
    made = FrameIndex(list(range(8)), groups)
    assert made.runs(set()) == []
    assert made.runs({3}) == [groups[1]]
    assert made.runs({0, 5, 6}) == [groups[0], groups[2] + groups[3]]
    assert made.runs({7}) == [groups[3]]


@pytest.mark.parametrize('video', [
    packets(),
    packets((OTHER, 0), (KEY, 1)),
    packets((KEY, 0), (HIDDEN | OTHER, 1), (0, 2)),  # a hidden key
    packets((KEY, 0), (OTHER, None)),
    packets((KEY, 0), (OTHER, 1), (OTHER, 1)),
    packets((KEY, 0), (OTHER, 1), (KEY, 1)),
    packets((KEY, 4), (OTHER, 5), (KEY, 0)),  # jumps back
    packets((KEY, 0), (OTHER, 5), (KEY, 3)),  # shown across a key
    packets((KEY, 1), (OTHER, 0)),  # shown before its key
    packets((KEY, 0), (OTHER, 2), (KEY, 4), (OTHER, 3)),
])
def test_none(video):
    assert index(video) is None


def test_none_if_another_frame_is_marked_as_key():
    video = packets((KEY, 0), (OTHER, 1), (OTHER, 2))
    assert index(video) is not None
    video[1].is_keyframe = True
    assert index(video) is None


def test_none_without_frames_out_of_order_where_the_codec_has_some():
    in_order = packets((KEY, 0), (OTHER, 1), (OTHER, 2))
    assert index(in_order, reorders=True) is None
    out_of_order = packets((KEY, 0), (OTHER, 2), (OTHER, 1))
    assert index(out_of_order, reorders=True).times == [0, 1, 2]


@pytest.mark.parametrize('second, times', [(0xe0, [0, 1]), (0xa0, None)])
def test_frames_in_order_without_b_slices(second, times):
    """Of H.264, where P is 1 1 and B 1 010."""
    video = [av.Packet(bytes([0, 0, 0, 3, *unit]))
             for unit in ((0x65, 0xb0, 0), (0x41, second, 0))]
    for n, packet in enumerate(video):
        packet.pts, packet.is_keyframe = n, n == 0
    made = index(video, codec='h264', reorders=True,
                 extradata=b'\1\0\0\0\xff')
    assert (made and made.times) == times


SETS, OTHER_SETS = b'\x0a\1a', b'\x0a\1b'  # sequence headers of AV1


@pytest.mark.parametrize('sets, extradata, is_constant', [
    ([b'', b'', b'', b''], None, True),
    ([b'', SETS, SETS, b''], b'av1C' + SETS, True),
    ([SETS, b'', SETS, b''], None, True),  # with each key
    ([SETS, b'', b'', b''], b'av1C' + OTHER_SETS, False),
    ([SETS, b'', OTHER_SETS, b''], None, False),
    ([SETS, OTHER_SETS, SETS, b''], None, False),
    ([b'', b'', b'', SETS], None, False),
])
def test_parameter_sets_that_change(sets, extradata, is_constant):
    """Of the packets: key, other, key, other."""
    video = [av.Packet(one + b'\x32\1f') for one in sets]
    for n, packet in enumerate(video):
        packet.pts, packet.is_keyframe = n, n % 2 == 0
    made = index(video, codec='av1', extradata=extradata)
    assert (made is not None) == is_constant


@pytest.mark.parametrize('changes', [
    dict(file_format='avi'), dict(file_format='mpegts'),
    dict(codec='mpeg4')])
def test_none_for_other_files(changes):
    assert index(packets((KEY, 0), (OTHER, 1)), **changes) is None
