"""Frames by number: those of decord, however a file is coded."""

import av
import decord
import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding.lazy_frames import LazyFrames
from s2dnet_mmaction.datasets.decoding.video_file import VideoFile
from tests.support import videos

NUM_FRAMES, HEIGHT, WIDTH = 40, 48, 66
# name of the file -> options of the encoder
KINDS = {
    'plain.mp4': {},
    'no_b_frames.mp4': dict(bf='0'),
    'pyramid.mp4': {'x264-params': 'bframes=8:b-pyramid=normal:b-adapt=2'},
    'short_groups.mp4': dict(g='8'),
    'all_intra.mp4': dict(g='1'),
    # frames shown before a keyframe, stored after it
    'open_groups.mp4': {'x264-params': 'open-gop=1:keyint=10:bframes=5'},
    # keyframes that renew the image bit by bit
    'gradual.mp4': {'x264-params': 'intra-refresh=1:keyint=10'},
    'no_times.avi': {},
    'matroska.mkv': {},
    'mpeg4.avi': dict(codec='mpeg4', bf='2', b='500k'),
    'full_range.mp4': dict(pix_fmt='yuvj420p'),
    'gray.mp4': dict(pix_fmt='gray'),
    '444.mp4': dict(pix_fmt='yuv444p'),
}


@pytest.fixture(scope='module')
def frames():
    return videos.draw(NUM_FRAMES, HEIGHT, WIDTH)


@pytest.fixture(scope='module')
def folder(tmp_path_factory, frames):
    folder = tmp_path_factory.mktemp('videos')
    for name, options in KINDS.items():
        videos.write(folder / name, frames, **options)
    return folder


def read(path, **options):
    return VideoFile(path.read_bytes(), str(path), **options)


def by_decord(path):
    reader = decord.VideoReader(str(path), num_threads=1)
    return reader.get_batch(range(len(reader))).asnumpy()


@pytest.mark.parametrize('name', KINDS)
def test_equals_decord(folder, name):
    expected = by_decord(folder / name)
    video = read(folder / name)
    assert len(video) == len(expected) == NUM_FRAMES
    assert video.shape == (HEIGHT, WIDTH)
    assert video.fps == 25
    got = dict(video.frames(range(NUM_FRAMES)))
    assert sorted(got) == list(range(NUM_FRAMES))
    for n, image in got.items():
        assert image.dtype == np.uint8
        np.testing.assert_array_equal(image, expected[n], err_msg=str(n))


@pytest.mark.parametrize('name', KINDS)
def test_any_frames(folder, name):
    """Whatever is skipped on the way, the frames are the same."""
    video, expected = read(folder / name), by_decord(folder / name)
    rng = np.random.default_rng(0)
    choices = [range(0, NUM_FRAMES, 2), range(1, NUM_FRAMES, 2), [39]]
    choices += [
        rng.choice(NUM_FRAMES, count, replace=False) for count in (1, 1, 2, 5)
    ]
    for indices in choices:
        got = dict(video.frames(indices))
        assert sorted(got) == sorted(indices)
        for n, image in got.items():
            np.testing.assert_array_equal(image, expected[n], err_msg=str(n))


def test_threads_change_nothing(folder):
    one, two = (
        dict(read(folder / 'pyramid.mp4', num_threads=n).frames([3, 8, 30]))
        for n in (1, 2))
    for n in (3, 8, 30):
        np.testing.assert_array_equal(one[n], two[n])


class Counting(VideoFile):
    """Counts packets that go in and frames that come out."""

    fed = out = 0

    def _decode(self, packet, wanted=True):
        frames = super()._decode(packet, wanted)
        self.fed += packet is not None
        self.out += len(frames)
        return frames


def count(path, indices):
    video = Counting(path.read_bytes(), 'video')
    video.fed = video.out = 0
    assert sorted(n for n, _ in video.frames(indices)) == sorted(indices)
    return video.fed, video.out


def test_leaves_out_frames_that_nothing_needs(folder):
    # B-frames that no frame refers to, of which every other one is wanted
    fed, out = count(folder / 'pyramid.mp4', range(0, NUM_FRAMES, 2))
    assert fed >= NUM_FRAMES - 4 and out < 0.75 * NUM_FRAMES
    # whole groups of pictures, and all after the last wanted frame
    fed, _ = count(folder / 'short_groups.mp4', [17])
    assert fed <= 8
    fed, _ = count(folder / 'short_groups.mp4', [1, 33])
    assert fed <= 16
    fed, _ = count(folder / 'no_b_frames.mp4', [9])
    assert fed <= 12


def test_recording_that_starts_within_a_group(folder, tmp_path):
    """Its first frames refer to one that is not there."""
    path = tmp_path / 'cut.mkv'
    with av.open(str(folder / 'open_groups.mp4')) as source, av.open(
            str(path), 'w') as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        packets = [packet for packet in source.demux(stream) if packet.size]
        second = [packet.is_keyframe for packet in packets].index(True, 1)
        for packet in packets[second:]:
            packet.stream = copy
            target.mux(packet)
    num_frames = len(packets) - second
    video = Counting(path.read_bytes(), 'cut.mkv')
    assert len(video) == num_frames
    video.fed = 0
    got = dict(video.frames(range(num_frames)))
    lost = set(range(num_frames)) - set(got)
    assert lost and max(lost) < 6  # those shown before the first keyframe
    assert video.fed == num_frames  # once
    assert len(dict(video.frames([num_frames - 1]))) == 1
    frames = LazyFrames(video, np.arange(num_frames))
    np.testing.assert_array_equal(frames[0], got[max(lost) + 1])
    np.testing.assert_array_equal(frames[-1], got[num_frames - 1])


def test_one_frame(tmp_path, frames):
    path = videos.write(tmp_path / 'one.mp4', frames[:1])
    (n, image), = read(path).frames([0])
    np.testing.assert_array_equal(image, by_decord(path)[n])


def test_frame_that_is_not_there(folder):
    with pytest.raises(
            ValueError,
            match=r'frames of .*plain.mp4: got \[0, 40\], expected numbers '
            'from 0 to 39'):
        list(read(folder / 'plain.mp4').frames([0, 40]))


@pytest.mark.parametrize('content', [b'', b'no video at all' * 100])
def test_no_video(content):
    with pytest.raises(ValueError,
                       match='a.mp4: got a file that FFmpeg cannot decode'):
        VideoFile(content, 'a.mp4')


def test_truncated(folder, tmp_path, frames):
    """With its index in front, so that it opens."""
    path = tmp_path / 'whole.mp4'
    with av.open(str(path), 'w', options=dict(movflags='faststart')) as file:
        stream = file.add_stream('libx264', rate=25)
        stream.height, stream.width = HEIGHT, WIDTH
        stream.pix_fmt = 'yuv420p'
        for image in frames:
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    content = path.read_bytes()
    video = VideoFile(content[:len(content) * 2 // 3], 'half.mp4')
    with pytest.raises(ValueError,
                       match='half.mp4: got a file that FFmpeg cannot decode'):
        list(video.frames(range(len(video))))


def test_sound_only(tmp_path):
    path = tmp_path / 'sound.mp4'
    with av.open(str(path), 'w') as file:
        stream = file.add_stream('aac', rate=16000)
        sound = np.zeros((1, 16000), np.float32)
        frame = av.AudioFrame.from_ndarray(sound, 'fltp', layout='mono')
        frame.sample_rate = 16000
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    with pytest.raises(ValueError, match='sound.mp4: got a file without'):
        read(path)


def test_bad_options(folder):
    with pytest.raises(ValueError, match='num_threads: got 0'):
        read(folder / 'plain.mp4', num_threads=0)
