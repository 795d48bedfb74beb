"""Boxes of MP4 files."""

import struct

from s2dnet_mmaction.datasets.decoding.mp4_boxes import boxes, sample_entries


def box(kind, body=b''):
    return struct.pack('>I4s', 8 + len(body), kind) + body


def track(*types, kind=b'stsd'):
    """A track with these sample entries."""
    content = box(kind, bytes(8) + b''.join(map(box, types)))
    for kind in (b'stbl', b'minf', b'mdia', b'trak'):
        content = box(b'free', b'stsd') + box(kind, content)
    return content


def test_boxes():
    large = struct.pack('>I4sQ', 1, b'mdat', 20) + b'four'
    assert list(boxes(box(b'ftyp', b'isom') + large + box(b'moov'))) == [
        (b'ftyp', 8, 12), (b'mdat', 28, 32), (b'moov', 40, 40)]
    assert list(boxes(box(b'free') + box(b'moov', bytes(8)), 8, 24)) == [
        (b'moov', 16, 24)]


def test_last_box():
    """It is cut short, or goes on up to the end of the file."""
    assert list(boxes(box(b'mdat', bytes(9))[:-4])) == [(b'mdat', 8, 17)]
    for end in (b'\0', bytes(4) + b'mdat', b'\0\0\0\1mdat', b'\0\0\0\7mdat'):
        assert list(boxes(box(b'free') + end)) == [(b'free', 8, 8)]


def test_sample_entries():
    tracks = track(b'avc1', b'avc1') + track(b'mp4a')
    content = box(b'mdat', tracks) + box(b'moov', box(b'udta') + tracks)
    assert sample_entries(content) == [[b'avc1', b'avc1'], [b'mp4a']]


def test_no_sample_entries():
    assert sample_entries(b'') == []
    assert sample_entries(track(b'avc1')) == []
    assert sample_entries(box(b'moov', track(b'encv', kind=b'name'))) == []
    assert sample_entries(box(b'moov', track())) == [[]]
