"""Video files of kinds that are read wrongly now and then."""

import struct

import av
import numpy as np
from av.stream import Disposition

from . import videos

# A picture of MPEG-4 part 2 that is not coded: the start code, then type P
# (01), no seconds (0), marker (1), time (00000), marker (1), not coded (0)
NOT_CODED = b'\0\0\1\xb6' + bytes([0b01010000, 0b01001111])
FRAME_TICKS = 512  # of MP4 files at 25 frames per second
# (a, b, c, d) of a display matrix: (x, y) -> (a x + c y, b x + d y)
ORIENTATIONS = [(a, 0, 0, d) for a in (1, -1) for d in (1, -1)]
ORIENTATIONS += [(0, b, c, 0) for b in (1, -1) for c in (1, -1)]


def copy_packets(source, target, change, **options):
    """Write another file with the packets that ``change`` makes of all."""
    with av.open(str(source)) as file, av.open(
            str(target), 'w', container_options=options) as copy:
        stream = file.streams.video[0]
        out = copy.add_stream_from_template(stream)
        packets = [packet for packet in file.demux(stream) if packet.size]
        for packet in change(packets):
            packet.stream = out
            copy.mux(packet)
    return target


def replaced(packet, content):
    """A packet with other content."""
    new = av.Packet(content)
    new.pts, new.dts, new.time_base = packet.pts, packet.dts, packet.time_base
    new.is_keyframe = packet.is_keyframe
    return new


def write_packed_b_frames(path, frames):
    """AVI as by XviD: a P and the B before it share a packet, another one,
    not coded, stands in the place of the B."""

    def pack(packets):
        contents = [bytes(packet) for packet in packets]
        at = contents[0].index(b'\0\0\1\xb6')
        contents[0] = (contents[0][:at] + b'\0\0\1\xb2DivX503b1393p'
                       + contents[0][at:])
        for n in range(len(packets) - 1):
            if is_b(contents[n + 1]) and not is_b(contents[n]):
                contents[n] += contents[n + 1]
                contents[n + 1] = NOT_CODED
        return map(replaced, packets, contents)

    plain = path.with_suffix('.plain.avi')
    videos.write(plain, frames, 'mpeg4', bf='1', g='8', b='2M')
    return copy_packets(plain, path, pack)


def is_b(content):
    """Whether a packet of MPEG-4 part 2 begins with a B picture."""
    return content[content.index(b'\0\0\1\xb6') + 4] >> 6 == 2


def write_hidden_frames(path, frames):
    """VP8 where every fifth frame is decoded, but not shown."""

    def hide(packets):
        for n, packet in enumerate(packets):
            content = bytearray(packet)
            if n % 5 == 3:
                content[0] &= ~16  # RFC 6386, 9.1: show_frame
            yield replaced(packet, bytes(content))

    plain = path.with_suffix('.plain.webm')
    videos.write(plain, frames, 'libvpx', g='10', deadline='realtime',
                 **{'lag-in-frames': '0'})
    return copy_packets(plain, path, hide)


def write_joined(path, frames):
    """MPEG-TS of two equal parts; the times of the second are 0.5 s earlier,
    between those of the first."""

    def later(packets):
        for packet in packets:
            packet.pts += 45_123
            packet.dts += 45_123
            yield packet

    first, second = path.with_suffix('.1.ts'), path.with_suffix('.2.ts')
    videos.write(second, frames, g='6')
    copy_packets(second, first, later)
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return path


def write_times_of_decoding(path, frames):
    """B-frames whose times are those of decoding, stated as of display."""

    def change(packets):
        for packet in packets:
            packet.dts += 2 * FRAME_TICKS  # from 0 on
            packet.pts = packet.dts
            yield packet

    return _written_and_copied(path, frames, change, g='12', bf='3')


def write_swapped_times(path, frames):
    """The times of two frames far from the start are exchanged."""

    def change(packets):
        a, b = next(
            (a, b) for a in packets[20:] for b in packets
            if b.pts == a.pts + FRAME_TICKS and a.dts < b.dts <= a.pts
            and not b.is_keyframe)
        a.pts, b.pts = b.pts, a.pts
        return packets

    return _written_and_copied(path, frames, change, g='12', bf='3')


def write_equal_times(path, frames):
    """Two frames have one time."""

    def change(packets):
        packets[20].pts = packets[21].pts
        return packets

    return _written_and_copied(path, frames, change, g='12', bf='0')


def _earlier(num_frames):
    """A change of packets: all times are earlier by some frames."""

    def change(packets):
        for packet in packets:
            packet.pts -= num_frames * FRAME_TICKS
            packet.dts -= num_frames * FRAME_TICKS
        return packets

    return change


def write_negative_times(path, frames):
    """The first frame is shown 0.6 s before time 0."""
    return _written_and_copied(path, frames, _earlier(15), g='12',
                               avoid_negative_ts='disabled')


def write_edit_list(path, frames):
    """MP4 that leaves its first frames out; they are decoded, not shown."""
    return _written_and_copied(path, frames, _earlier(5), g='12', bf='0',
                               avoid_negative_ts='disabled')


def write_cut(path, frames):
    """A recording that starts within a group of pictures."""
    return _written_and_copied(path, frames, lambda packets: packets[5:],
                               g='12')


def write_joined_groups(path, frames):
    """Open groups, of which one lacks that before it."""

    def change(packets):
        keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
        return packets[:keys[1]] + packets[keys[2]:]

    return _written_and_copied(
        path, frames, change, codec='libx265', **{
            'x265-params': 'log-level=none:keyint=8:min-keyint=8:bframes=4'})


def write_delayed(path, frames):
    """Times of decoding, stated as of display, but not equal to them."""

    def change(packets):
        for packet in packets:
            packet.pts = packet.dts + 2 * FRAME_TICKS
        return packets

    return _written_and_copied(path, frames, change, g='12', bf='3')


def write_nearly_delayed(path, frames):
    """Such times, but those of the last two frames are out of order."""

    def change(packets):
        for packet in packets:
            packet.pts = packet.dts + 2 * FRAME_TICKS
        a, b = packets[-2:]
        a.pts, b.pts = b.pts, a.pts
        return packets

    return _written_and_copied(path, frames, change, g='12', bf='3')


def write_joined_settings(path, frames, first, later, in_band=None):
    """MP4 of two halves of groups, coded with other parameter sets.

    Args:
        first, later: options of the encoder.
        in_band: options by which the encoder repeats the sets in packets:
            the first group of the second half brings its sets. None: the
            second half has a sample entry of its own.
    """
    middle, end = len(frames) // 2, 3 * len(frames) // 4
    parts = [(frames[:middle], first),
             (frames[middle:end], {**later, **(in_band or {})}),
             (frames[end:], later)]
    packets = []
    for n, (some, options) in enumerate(parts):
        part = path.with_suffix(f'.{n}.mp4')
        videos.write(part, some, **options)
        with av.open(str(part)) as file:
            for packet in file.demux(video=0):
                if packet.size:
                    packet.pts = packet.dts = len(packets) * FRAME_TICKS
                    packets.append(packet)
    copy_packets(path.with_suffix('.0.mp4'), path, lambda _: packets)
    if in_band is None:
        _add_entry(path, path.with_suffix('.2.mp4'),
                   [packet.size for packet in packets], middle)
    return path


def _add_entry(path, other, sizes, first):
    """Let packets from ``first`` on have the sample entry of another file.

    ISO 14496-12, 8.5.2 (stsd), 8.7.4 (stsc), 8.7.5 (stco).
    """
    content = path.read_bytes()
    entries = _body(content, b'stsd')[8:] + _body(other.read_bytes(),
                                                  b'stsd')[8:]
    start, = struct.unpack('>I', _body(content, b'stco')[8:12])
    places = [start + sum(sizes[:n]) for n in range(len(sizes))]
    for kind, numbers, rest in (
            (b'stsd', (0, 2), entries),
            (b'stsc', (0, 2, 1, 1, 1, first + 1, 1, 2), b''),
            (b'stco', (0, len(sizes), *places), b'')):
        body = struct.pack(f'>{len(numbers)}I', *numbers) + rest
        content = _with_body(content, kind, body)
    path.write_bytes(content)


def _body(content, kind):
    """Of the last box of a kind."""
    at = content.rindex(kind)
    size, = struct.unpack('>I', content[at - 4:at])
    return content[at + 4:at - 4 + size]


def _with_body(content, kind, body):
    """Replace the body of a box of the table of samples."""
    at, grown = content.rindex(kind) + 4, len(body) - len(_body(content, kind))
    content = bytearray(content[:at] + body + content[at + len(body) - grown:])
    for box in (b'moov', b'trak', b'mdia', b'minf', b'stbl', kind):
        at = content.rindex(box)
        size, = struct.unpack('>I', content[at - 4:at])
        content[at - 4:at] = struct.pack('>I', size + grown)
    return bytes(content)


def _written_and_copied(path, frames, change, codec='libx264',
                        avoid_negative_ts='auto', **options):
    plain = path.with_suffix('.plain.mp4')
    videos.write(plain, frames, codec, **options)
    return copy_packets(plain, path, change,
                        avoid_negative_ts=avoid_negative_ts)


def write_all_keyframes(path, frames, codec, **options):
    """MP4 that lacks the list of keyframes: all count as such."""
    videos.write(path, frames, codec, **options)
    return edit(path, b'stss', b'free')


def write_with_cover(path, frames):
    """MP4 whose first stream is a cover picture."""
    with av.open(str(path), 'w') as file:
        cover = videos.add_stream(file, frames, 'mjpeg', 'yuvj420p')
        cover.disposition = Disposition.attached_pic.value
        video = videos.add_stream(file, frames)
        videos.encode(file, cover, frames[:1] // 2)
        videos.encode(file, video, frames)
    # FFmpeg writes the cover last in the box 'moov', phones write it first.
    content = path.read_bytes()
    track, cover = content.index(b'trak') - 4, content.rindex(b'udta') - 4
    path.write_bytes(content[:track] + content[cover:] + content[track:cover])
    return path


def write_sound(path, cover=None):
    """A second of silence, and a cover picture if given."""
    with av.open(str(path), 'w') as file:
        sound = file.add_stream('aac', rate=16000)
        if cover is not None:
            stream = videos.add_stream(file, [cover], 'mjpeg', 'yuvj420p')
            stream.disposition = Disposition.attached_pic.value
        silence = np.zeros((1, 16000), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, 'fltp', layout='mono')
        frame.sample_rate = 16000
        file.mux(sound.encode(frame))
        file.mux(sound.encode())
        if cover is not None:
            videos.encode(file, stream, [cover])
    return path


def write_two_tracks(path, first, second, default):
    """MP4 with two video streams, of which one is the default."""
    with av.open(str(path), 'w') as file:
        streams = [videos.add_stream(file, frames)
                   for frames in (first, second)]
        for n, stream in enumerate(streams):
            stream.disposition = Disposition.default.value * (n == default)
        for stream, frames in zip(streams, (first, second)):
            videos.encode(file, stream, frames)
    return path


def set_matrix(path, a, b, c, d):
    """Set the display matrix of an MP4 file."""
    content = bytearray(path.read_bytes())
    # In the track's header; ISO 14496-12, 8.3.2: the matrix {a b u c d v x y
    # w} comes 40 bytes after the version, which is 0.
    start = content.index(b'tkhd') + 44
    a, b, c, d = (int(number * (1 << 16)) for number in (a, b, c, d))
    content[start:start + 36] = struct.pack('>9i', a, b, 0, c, d, 0, 0, 0,
                                            1 << 30)
    path.write_bytes(content)
    return path


def edit(path, old, new):
    """Replace bytes of a file by as many others."""
    content = path.read_bytes()
    assert old in content and len(old) == len(new)
    path.write_bytes(content.replace(old, new))
    return path
