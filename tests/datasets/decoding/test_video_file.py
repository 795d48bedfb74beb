"""Frames by number: those of decord, however a file is coded."""

from functools import partial

import decord
import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding import video_file
from s2dnet_mmaction.datasets.decoding.errors import UnreadableVideoError
from s2dnet_mmaction.datasets.decoding.video_file import VideoFile
from tests.support import odd_videos, videos

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


def read(path, from_disk=False, **options):
    content = path if from_disk else path.read_bytes()
    return VideoFile(content, str(path), **options)


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


@pytest.mark.parametrize('from_disk', [False, True])
@pytest.mark.parametrize('name', KINDS)
def test_any_frames(folder, name, from_disk):
    """Whatever is skipped on the way, the frames are the same."""
    video = read(folder / name, from_disk)
    expected = by_decord(folder / name)
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


# Encoders' options of groups of pictures and B-frames
H264_GROUPS = {
    'one group': dict(bf='3'),
    'groups': dict(g='8', bf='3'),
    'groups, no B': dict(g='8', bf='0'),
    'open groups': {'x264-params': 'open-gop=1:keyint=8:bframes=3'},
}
HEVC_GROUPS = {
    name: {'preset': 'ultrafast', 'x265-params': f'log-level=none:{params}'}
    for name, params in {
        'groups': 'open-gop=0:keyint=8:bframes=3',
        'groups, no B': 'keyint=8:bframes=0',
        'open groups': 'keyint=8:min-keyint=8:bframes=4:b-adapt=0',
    }.items()
}
MPEG_GROUPS = {
    'groups': dict(g='8', bf='2', b='2M'),
    'groups, no B': dict(g='8', b='2M'),
}
ONLY_P = {'groups, no B': MPEG_GROUPS['groups, no B']}
LIBVPX_GROUPS = {
    'groups': {'g': '8', 'deadline': 'realtime', 'lag-in-frames': '0'},
}
# codec -> containers, pixel format, groups
FAMILIES = {
    'libx264': ('mp4 mkv mov flv avi ts nut h264', 'yuv420p', H264_GROUPS),
    'libx265': ('mp4 mkv ts hevc', 'yuv420p', HEVC_GROUPS),
    'mpeg4': ('mp4 mkv mov avi ts', 'yuv420p', MPEG_GROUPS),
    'mpeg2video': ('mp4 mkv ts mpg', 'yuv420p', MPEG_GROUPS),
    'libvpx': ('webm avi', 'yuv420p', LIBVPX_GROUPS),
    'libvpx-vp9': ('webm mp4 ivf', 'yuv420p', LIBVPX_GROUPS),
    'libsvtav1': ('mp4 webm', 'yuv420p',
                  {'groups': dict(g='8', preset='12')}),
    'flv': ('flv', 'yuv420p', ONLY_P),
    'wmv2': ('wmv', 'yuv420p', ONLY_P),
    'msmpeg4': ('avi', 'yuv420p', ONLY_P),
    'mjpeg': ('mp4 avi', 'yuvj420p', {'intra': {}}),
    'ffv1': ('mkv', 'yuv420p', {'intra': {}}),
    'prores': ('mov', 'yuv422p10le', {'intra': {}}),
    'png': ('mov', 'rgb24', {'intra': {}}),
    'huffyuv': ('avi', 'yuv422p', {'intra': {}}),
    'gif': ('gif', 'rgb8', {'groups': {}}),
}
COMBINATIONS = {
    f'{container} {codec} {groups}': (container, codec, pix_fmt, options)
    for codec, (containers, pix_fmt, all_groups) in FAMILIES.items()
    for container in containers.split()
    for groups, options in all_groups.items()
}
NUM_NUMBERED = 26


@pytest.mark.parametrize('name', COMBINATIONS)
def test_any_frames_are_those_of_decoding_in_order(tmp_path, name):
    container, codec, pix_fmt, options = COMBINATIONS[name]
    path = videos.write(
        tmp_path / f'video.{container}', videos.draw_numbers(NUM_NUMBERED),
        codec, pix_fmt, **options)
    expected = videos.decode_in_order(path)
    assert list(map(videos.read_number, expected)) == list(range(NUM_NUMBERED))
    check_random_frames(path, expected, seed=len(name))


def check_random_frames(path, expected, seed=0):
    rng = np.random.default_rng(seed)
    subsets = [range(len(expected)), range(1, len(expected), 2)]
    subsets += [rng.choice(len(expected), count, replace=False)
                for count in (1, 1, 1, 2, 2, 3, 5)]
    for from_disk in (True, False):
        video = read(path, from_disk)
        assert len(video) == len(expected)
        for subset in subsets:
            got = dict(video.frames(subset))
            assert sorted(got) == sorted(subset)
            for n, image in got.items():
                np.testing.assert_array_equal(image, expected[n],
                                              err_msg=str(n))
    return video


H264_SETTINGS = dict(
    first=dict(g='5', bf='0', crf='20', preset='ultrafast'),
    later=dict(g='5', bf='0', crf='30', preset='ultrafast'),
    in_band={'x264-params': 'repeat-headers=1'})
_X265 = 'log-level=none:keyint=5:open-gop=0:bframes=0'
_X265_LATER = _X265 + ':cbqpoffs=8:crqpoffs=8'
HEVC_SETTINGS = dict(
    first={'codec': 'libx265', 'x265-params': _X265},
    later={'codec': 'libx265', 'x265-params': _X265_LATER},
    in_band={'x265-params': _X265_LATER + ':repeat-headers=1'})
ODD_FILES = {
    # two frames in one packet, another packet without a frame
    'packed.avi': odd_videos.write_packed_b_frames,
    'joined.ts': odd_videos.write_joined,
    'hidden.webm': odd_videos.write_hidden_frames,
    # every packet marked as a keyframe, wrongly
    'mpeg4.mp4': partial(odd_videos.write_all_keyframes, codec='mpeg4',
                         g='12'),
    'h264.mp4': partial(odd_videos.write_all_keyframes, codec='libx264',
                        g='12'),
    'hevc.mp4': partial(odd_videos.write_all_keyframes, codec='libx265',
                        **HEVC_GROUPS['open groups']),
    'vp9.mp4': partial(odd_videos.write_all_keyframes, codec='libvpx-vp9',
                       **LIBVPX_GROUPS['groups']),
    'av1.mp4': partial(odd_videos.write_all_keyframes, codec='libsvtav1',
                       g='12', preset='12'),
    'no_times.h264': partial(videos.write, g='8'),
    'wrong_times.mp4': odd_videos.write_times_of_decoding,
    'equal_times.mkv': odd_videos.write_equal_times,
    'negative_times.mkv': odd_videos.write_negative_times,
    'edited.mp4': odd_videos.write_edit_list,
    'cut.mkv': odd_videos.write_cut,
    'cut.ts': odd_videos.write_cut,
    'joined.mp4': odd_videos.write_joined_groups,
    'cover_first.mp4': odd_videos.write_with_cover,
    # times of decoding with a delay; B-frames that are allowed, not used
    'delayed.mp4': odd_videos.write_delayed,
    'no_b_in_use.mp4': partial(videos.write, g='2', bf='3'),
    'no_b_in_use.mkv': partial(videos.write, g='2', bf='3'),
    # parameter sets that change on the way
    'entries_h264.mp4': partial(odd_videos.write_joined_settings,
                                **{**H264_SETTINGS, 'in_band': None}),
    'entries_hevc.mp4': partial(odd_videos.write_joined_settings,
                                **{**HEVC_SETTINGS, 'in_band': None}),
    'in_band_h264.mp4': partial(odd_videos.write_joined_settings,
                                **H264_SETTINGS),
    'in_band_hevc.mp4': partial(odd_videos.write_joined_settings,
                                **HEVC_SETTINGS),
    # parameter sets in each key
    'repeated_h264.mp4': partial(videos.write, g='8', **{
        'x264-params': 'repeat-headers=1'}),
    'repeated_hevc.mp4': partial(videos.write, codec='libx265', **{
        'x265-params': 'log-level=none:open-gop=0:keyint=8:repeat-headers=1'}),
}
INDEXED = {
    'edited.mp4', 'no_b_in_use.mp4', 'no_b_in_use.mkv', 'repeated_h264.mp4',
    'repeated_hevc.mp4'
}


# Where the file does not hold the frames 0..39 in this order
NUMBERS = {
    'joined.ts': [*range(40), *range(40)],
    'hidden.webm': [n for n in range(40) if n % 5 != 3],
    'edited.mp4': list(range(5, 40)),
    'cut.mkv': list(range(12, 40)),
    'cut.ts': list(range(12, 40)),
}


@pytest.mark.parametrize('kept_bytes', [0, 1 << 30])
@pytest.mark.parametrize('name', ODD_FILES)
def test_odd_files(tmp_path, monkeypatch, name, kept_bytes):
    """Also where the frames that were counted are not kept."""
    monkeypatch.setattr(video_file, '_KEPT_BYTES', kept_bytes)
    path = ODD_FILES[name](tmp_path / name, videos.draw_numbers(40))
    expected = videos.decode_in_order(path)
    video = check_random_frames(path, expected)
    assert video._index is not None or name not in INDEXED
    numbers = list(map(videos.read_number, expected))
    if name == 'joined.mp4':  # how many are lost depends on FFmpeg
        assert 28 <= len(numbers) <= 33
    else:
        assert numbers == NUMBERS.get(name, list(range(40)))


def test_wrong_times_are_noticed(tmp_path):
    """When decoding does not give what they promise, order decides."""
    path = odd_videos.write_swapped_times(
        tmp_path / 'swapped.mkv', videos.draw_numbers(40))
    video = read(path)
    for indices in (range(40), [26, 27, 28]):
        got = dict(video.frames(indices))
        assert {n: videos.read_number(image) for n, image in got.items()} == {
            n: n for n in indices}


def test_first_frames_are_compared(tmp_path):
    """A reference frame alone would not show that its time is wrong."""
    path = odd_videos.write_nearly_delayed(
        tmp_path / 'delayed.mp4', videos.draw_numbers(40))
    for n in range(20, 40):
        (got, image), = read(path).frames([n])
        assert got == videos.read_number(image) == n


class Losing(VideoFile):
    """A decoder that gives no frame for one packet, and no error."""

    def _decode(self, packet, wanted=True):
        frames = super()._decode(packet, wanted)
        return [frame for frame in frames if frame.pts != 20 * 512]


@pytest.mark.parametrize('indices', [[20], range(40)])
def test_frame_that_is_not_given(folder, indices):
    path = folder / 'short_groups.mp4'
    with pytest.raises(UnreadableVideoError,
                       match='^lost.mp4: got 39 frames by decoding, expected '
                       '40, as the file states'):
        list(Losing(path.read_bytes(), 'lost.mp4').frames(indices))


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


def test_from_disk_it_reads_the_same_packets(folder):
    """By seeking, not by starting again."""
    for name in KINDS:
        video = read(folder / name, from_disk=True)
        if video._index is None:
            continue
        video._open = None
        for n in (33, 2, 17):
            [(got, _)] = video.frames([n])
            assert got == n
        assert not video._packets


def test_without_an_index_chunks_are_decoded_once(folder, monkeypatch):
    monkeypatch.setattr(video_file, '_KEPT_BYTES', 0)
    path = folder / 'no_times.avi'
    video = Counting(path, 'video')
    assert video._index is None
    video.fed = 0
    expected = by_decord(path)
    for start in range(0, NUM_FRAMES, 8):
        for n, image in video.frames(range(start, start + 4)):
            np.testing.assert_array_equal(image, expected[n])
    assert video.fed <= NUM_FRAMES
    [(n, image)] = video.frames([1])  # back again
    np.testing.assert_array_equal(image, expected[1])


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


def test_bad_options(folder):
    with pytest.raises(ValueError, match='num_threads: got 0'):
        read(folder / 'plain.mp4', num_threads=0)
