"""Kinds of packets by their first bits."""

from types import SimpleNamespace

import av
import pytest

from s2dnet_mmaction.datasets.decoding.packet_kinds import (
    Kind,
    kind_reader,
    may_be_reordered,
    parameter_sets,
)
from tests.support import videos

AVCC, HVCC = bytes([1, 0, 0, 0, 0xff]), bytes([1] + 20 * [0] + [0xff])


def kind(codec, content, extradata=None, is_keyframe=False):
    context = SimpleNamespace(
        codec=SimpleNamespace(canonical_name=codec, intra_only=False),
        extradata=extradata)
    packet = av.Packet(bytes(content))
    packet.is_keyframe = is_keyframe
    return kind_reader(context)(packet)


def units(*starts):
    """NAL units of four bytes, each behind its length."""
    return b''.join(
        bytes([0, 0, 0, 4, *start]) + bytes(4 - len(start))
        for start in starts)


@pytest.mark.parametrize('types, expected', [
    ([9, 7, 8, 6, 5], Kind.KEY),
    ([5, 5], Kind.KEY),
    ([6, 1], Kind.OTHER),  # a recovery point is none
    ([1], Kind.OTHER),
    ([7, 8], None),
    ([2, 3], None),
    ([], None),
])
def test_h264(types, expected):
    starts = [(3 << 5 | unit, 0) for unit in types]
    assert kind('h264', units(*starts), AVCC) is expected


@pytest.mark.parametrize('types, expected', [
    ([35, 32, 33, 34, 19], Kind.KEY),
    ([20], Kind.KEY),
    ([21], Kind.KEY),
    ([1, 1], Kind.OTHER),
    ([6], Kind.OTHER),
    ([8], None),  # refers to frames before its key
    ([16], None),
    ([1, 36], None),
    ([32, 33], None),
])
def test_hevc(types, expected):
    starts = [(unit << 1, 1) for unit in types]
    assert kind('hevc', units(*starts), HVCC) is expected


def test_second_layer_of_hevc():
    assert kind('hevc', units((19 << 1, 9)), HVCC) is None
    assert kind('hevc', units((19 << 1, 1), (1 << 1, 9)), HVCC) is Kind.KEY


@pytest.mark.parametrize('first, expected', [
    (0b10000, Kind.KEY),
    (0b10001, Kind.OTHER),
    (0b00001, Kind.HIDDEN),
    (0b00000, None),
])
def test_vp8(first, expected):
    assert kind('vp8', [first, 0]) is expected


# marker, profile, show_existing_frame, frame_type, show_frame, a bit more
VP9_KEY, VP9_HIDDEN_KEY = 0b10000010, 0b10000000
VP9_INTER, VP9_HIDDEN = 0b10000110, 0b10000100
VP9_EXISTING = 0b10001000
VP9_KEY_OF_PROFILE_3, VP9_INTER_OF_PROFILE_3 = 0b10110001, 0b10110011


@pytest.mark.parametrize('first, expected', [
    (VP9_KEY, Kind.KEY),
    (VP9_INTER, Kind.OTHER),
    (VP9_HIDDEN, Kind.HIDDEN),
    (VP9_EXISTING, Kind.OTHER),
    (VP9_KEY_OF_PROFILE_3, Kind.KEY),
    (VP9_INTER_OF_PROFILE_3, Kind.OTHER),
])
def test_vp9(first, expected):
    assert kind('vp9', [first, 0]) is expected


@pytest.mark.parametrize('firsts, expected', [
    ([VP9_HIDDEN, VP9_INTER], Kind.OTHER),
    ([VP9_HIDDEN_KEY, VP9_INTER], Kind.OTHER),  # starts, but shows another
    ([VP9_KEY, VP9_HIDDEN], Kind.KEY),
    ([VP9_HIDDEN, VP9_HIDDEN], Kind.HIDDEN),
    ([VP9_INTER, VP9_INTER], None),
])
@pytest.mark.parametrize('size', [1, 4])
def test_vp9_superframe(firsts, expected, size):
    frames = [bytes([first]) + bytes(n) for n, first in enumerate(firsts, 3)]
    marker = bytes([0b11000000 | (size - 1) << 3 | len(frames) - 1])
    sizes = [len(frame).to_bytes(size, 'little') for frame in frames]
    content = b''.join([*frames, marker, *sizes, marker])
    assert kind('vp9', content) is expected


def test_av1_as_the_container_says():
    assert kind('av1', b'a', is_keyframe=True) is Kind.KEY
    assert kind('av1', b'a') is Kind.OTHER


def sets(codec, content, extradata=None):
    context = SimpleNamespace(
        codec=SimpleNamespace(canonical_name=codec), extradata=extradata)
    return parameter_sets(context, av.Packet(content))


def test_parameter_sets():
    assert sets('h264', units((9, 0), (0x67, 1), (0x68, 2), (0x65, 3)),
                AVCC) == [b'\0\4\x67\1\0\0', b'\0\4\x68\2\0\0']
    assert sets('h264', units((0x41, 7)), AVCC) == []
    starts = [(kind << 1, 1) for kind in (35, 32, 33, 34, 19)]
    assert sets('hevc', units(*starts), HVCC) == [
        bytes([0, 4, kind << 1, 1, 0, 0]) for kind in (32, 33, 34)]
    assert sets('vp9', b'any') == sets('vp8', b'any') == []


@pytest.mark.parametrize('bits, is_b', [
    ('1 1', False), ('1 010', True), ('1 011', False), ('1 00110', False),
    ('1 00111', True), ('1 0001000', False),
    ('00100 00110', False), ('00100 00111', True),  # first_mb_in_slice: 3
])
def test_b_slices(bits, is_b):
    number = int(bits.replace(' ', '').ljust(16, '0'), 2)
    for start in (0x41, 0x65):
        unit = start, *number.to_bytes(2, 'big')
        assert reordered('h264', units((6, 0x9c), unit), AVCC) == is_b
    # a picture whose second slice tells
    assert reordered('h264', units((0x41, 0xe0), (0x41, 0x2a)), AVCC)


def test_damaged_slice():
    zeros = b'\0\0\0\x09\x41' + bytes(8)
    assert not reordered('h264', zeros, AVCC)


def test_codecs_that_do_not_tell_of_their_order():
    assert reordered('hevc', units((1 << 1, 1)), HVCC)


def reordered(codec, content, extradata):
    context = SimpleNamespace(
        codec=SimpleNamespace(canonical_name=codec), extradata=extradata)
    return may_be_reordered(context, av.Packet(content))


def test_sequence_headers_of_av1():
    header = b'\x0a\x03abc'  # type 1, with a size
    frame = b'\x32\x80\x01' + header * 25 + b'123'  # 128 bytes
    assert sets('av1', b'\x12\0' + header + frame + header) == [header] * 2
    assert sets('av1', frame) == []
    # without a size; with the byte of an extension
    assert sets('av1', b'\x08abc') == [b'\x08abc']
    assert sets('av1', b'\x0e\x08\x01a' + frame) == [b'\x0e\x08\x01a']
    assert sets('av1', b'\x32\xff') == []  # cut


@pytest.mark.parametrize('codec, extradata', [
    ('mpeg4', None), ('mpeg2video', None), ('gif', None),
    ('h264', None), ('h264', b'\0\0\0\1\x67\0'), ('hevc', b'\1\0')])
def test_codecs_that_do_not_tell(codec, extradata):
    context = SimpleNamespace(
        codec=SimpleNamespace(canonical_name=codec, intra_only=False),
        extradata=extradata)
    assert kind_reader(context) is None


@pytest.mark.parametrize('codec, pix_fmt, container', [
    ('libx264', 'yuv420p', 'mp4'), ('libx265', 'yuv420p', 'mkv'),
    ('libvpx', 'yuv420p', 'webm'), ('libvpx-vp9', 'yuv420p', 'mp4'),
    ('libsvtav1', 'yuv420p', 'mkv'), ('mjpeg', 'yuvj420p', 'mp4')])
def test_encoders_agree(tmp_path, codec, pix_fmt, container):
    """Keys are where these encoders and containers say."""
    options = {'preset': 'ultrafast'} if codec.startswith('libx') else {}
    if codec == 'libx265':
        options['x265-params'] = 'log-level=none:open-gop=0:keyint=6'
    path = videos.write(tmp_path / f'video.{container}',
                        videos.draw_numbers(14), codec, pix_fmt, g='6',
                        **options)
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        read = kind_reader(stream.codec_context)
        for packet in file.demux(stream):
            if packet.size:
                assert (read(packet) is Kind.KEY) == packet.is_keyframe
                assert read(packet) in (Kind.KEY, Kind.OTHER)
