"""The stream that is read, and files in which there is none."""

import pickle
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.stream import Disposition

from s2dnet_mmaction.datasets.decoding.errors import UnreadableVideoError
from s2dnet_mmaction.datasets.decoding.video_file import VideoFile
from s2dnet_mmaction.datasets.decoding.video_stream import choose_stream
from tests.support import odd_videos, videos

KEY = '00112233445566778899aabbccddeeff'


def read(path):
    return VideoFile(path.read_bytes(), path.name)


def read_all(path):
    video = read(path)
    return dict(video.frames(range(len(video))))


def write_with_title(path, frames, title):
    with av.open(str(path), 'w') as file:
        file.metadata['title'] = title
        videos.encode(file, videos.add_stream(file, frames), frames)
    return path


@pytest.fixture
def frames():
    return videos.draw_numbers(12)


def test_video_with_a_cover(tmp_path, frames):
    path = odd_videos.write_with_cover(tmp_path / 'clip.mp4', frames)
    assert len(read(path)) == 12 and read(path).fps == 25


@pytest.mark.parametrize('default', [0, 1])
def test_default_of_two_tracks(tmp_path, frames, default):
    path = odd_videos.write_two_tracks(
        tmp_path / 'two.mp4', frames[:8, ::2, ::2], frames, default)
    video = read(path)
    assert video.shape == ((48, 96) if default else (24, 48))
    assert len(video) == (12 if default else 8)


def test_no_default_means_ffmpegs_choice(tmp_path, frames):
    path = odd_videos.write_two_tracks(
        tmp_path / 'two.mkv', frames[:8, ::2, ::2], frames, default=2)
    expected = videos.decode_in_order(path)
    assert read(path).shape == expected.shape[1:3]


def test_sound(tmp_path, frames):
    path = odd_videos.write_sound(tmp_path / 'sound.mp4')
    with pytest.raises(UnreadableVideoError,
                       match='sound.mp4: got a file without video, expected'):
        read(path)
    path = odd_videos.write_sound(tmp_path / 'song.mp4', frames[0])
    with pytest.raises(UnreadableVideoError,
                       match='song.mp4: .*without video, only a cover pict'):
        read(path)


def test_codec_without_a_decoder(tmp_path, frames):
    path = videos.write(tmp_path / 'unknown.mp4', frames)
    odd_videos.edit(path, b'avc1', b'zzz9')
    with pytest.raises(UnreadableVideoError,
                       match=r'unknown.mp4: got video in the codec none '
                       r'\(zzz9 / 0x397A7A7A\), expected .*Convert'):
        read(path)


def test_no_cover_even_if_ffmpeg_prefers_it():
    def stream(disposition):
        return SimpleNamespace(disposition=disposition, codec_context='any')

    cover = stream(Disposition.attached_pic | Disposition.default)
    other, default = stream(Disposition(0)), stream(Disposition.default)
    streams = SimpleNamespace(video=[cover, other, default],
                              best=lambda kind: cover)
    container = SimpleNamespace(streams=streams)
    assert choose_stream(container, 'a.mp4') is default


def test_encrypted(tmp_path, frames):
    path = videos.write(
        tmp_path / 'secret.mp4', frames, container_options=dict(
            encryption_scheme='cenc-aes-ctr', encryption_key=KEY,
            encryption_kid=KEY))
    with pytest.raises(UnreadableVideoError,
                       match='secret.mp4: got an encrypted video, expected'):
        read(path)


@pytest.mark.parametrize('name, title', [
    ('plain.mp4', 'encv: moov, stsd and encv'), ('film.avi', 'home movie 1')])
def test_titles_that_look_like_headers(tmp_path, frames, name, title):
    path = write_with_title(tmp_path / name, frames, title)
    assert len(read_all(path)) == 12
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UnreadableVideoError, match=f'{name}: got '):
        read(path)


@pytest.mark.parametrize('size', [0, 0x7ffff000, 0xffffffff])
def test_avi_whose_size_is_not_stated(tmp_path, frames, size):
    """As while recording."""
    path = videos.write(tmp_path / 'live.avi', frames)
    content = path.read_bytes()
    at = content.index(b'movi') - 4
    path.write_bytes(content[:at] + size.to_bytes(4, 'little')
                     + content[at + 4:])
    assert len(read_all(path)) == 12


@pytest.mark.parametrize('content', [
    b'', b'0', b'no video at all' * 100, b'\0' * 4000,
    b'serve/serve1.mp4 5\nsmash/smash12.mp4 6\n',
    b'<!doctype html><title>404 Not Found</title>',
    b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'])
def test_no_video(content):
    with pytest.raises(UnreadableVideoError,
                       match='^a.mp4: got .*, expected .* annotation file.$'):
        VideoFile(content, 'a.mp4')


@pytest.mark.parametrize('container, options, share', [
    ('mp4', dict(movflags='faststart'), 0.5),
    ('mp4', dict(movflags='faststart'), 0.99),
    ('mp4', dict(movflags='frag_keyframe+empty_moov'), 0.5),
    ('mkv', {}, 0.5), ('webm', {}, 0.99), ('avi', {}, 0.5)])
def test_truncated(tmp_path, container, options, share):
    codec = 'libvpx' if container == 'webm' else 'libx264'
    path = videos.write(
        tmp_path / f'whole.{container}', videos.draw(30, 48, 96), codec,
        container_options=options, g='5')
    assert len(read_all(path)) == 30
    content = path.read_bytes()
    path.write_bytes(content[:int(share * len(content))])
    with pytest.raises(UnreadableVideoError, match=rf'whole.{container}: '
                       r'got the first \d+ bytes, expected at least \d+'):
        read(path)


@pytest.mark.parametrize('kind, options', [
    (b'moof', dict(movflags='frag_keyframe+empty_moov')), (b'moov', {})])
def test_cut_where_ffmpeg_does_not_notice(tmp_path, frames, kind, options):
    """Within the header of the last fragment, or one byte of the file's."""
    path = videos.write(tmp_path / 'cut.mp4', frames,
                        container_options=options, g='5')
    content = path.read_bytes()
    end = content.rindex(kind) + 20 if kind == b'moof' else -1
    with pytest.raises(UnreadableVideoError, match='cut.mp4: got the first'):
        VideoFile(content[:end], 'cut.mp4')


@pytest.mark.parametrize('junk', [bytes(99), b'\x7f\xff\xff\xffjunk' * 9])
def test_junk_behind_the_video(tmp_path, frames, junk):
    path = videos.write(tmp_path / 'junk.mp4', frames)
    path.write_bytes(path.read_bytes() + junk)
    assert len(read_all(path)) == 12


def test_truncated_without_index(tmp_path, frames):
    path = videos.write(tmp_path / 'whole.mp4', frames)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UnreadableVideoError,
                       match='whole.mp4: got a file that FFmpeg cannot'):
        read(path)


def test_size_is_not_stated(tmp_path, frames):
    """As while recording: the end cannot be known."""
    path = videos.write(tmp_path / 'live.mkv', frames,
                        container_options=dict(live='1'))
    assert len(read_all(path)) == 12


def test_damaged(tmp_path):
    path = videos.write(tmp_path / 'hole.mp4', videos.draw(30, 48, 96), g='5')
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle:middle + 2000] = bytes(2000)
    path.write_bytes(content)
    with pytest.raises(UnreadableVideoError,
                       match='hole.mp4: got a file that FFmpeg cannot'):
        read_all(path)


def test_damage_that_ffmpeg_conceals(tmp_path):
    """Grey patches in frames that are wanted, an error in one that is not:
    the error of decoding in order."""
    path = videos.write(tmp_path / 'patches.mp4', videos.draw(40, 64, 96),
                        g='10')
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as file:
        at = {packet.pts // 512: packet.pos
              for packet in file.demux(video=0) if packet.size}
    noise = np.random.default_rng(0).bytes(30)
    content[at[24] + 20:at[24] + 50] = noise  # P, others refer to it
    content[at[23] + 5:at[23] + 11] = bytes(6)  # B
    video = VideoFile(bytes(content), 'patches.mp4')
    assert len(list(video.frames(range(0, 20, 2)))) == 10
    with pytest.raises(UnreadableVideoError, match='^patches.mp4: got '):
        list(video.frames(range(0, 40, 2)))


def test_no_frames(tmp_path, frames):
    with av.open(str(tmp_path / 'none.mp4'), 'w') as file:
        videos.add_stream(file, frames)
        file.start_encoding()
    with pytest.raises(UnreadableVideoError, match='^none.mp4: got '):
        read(tmp_path / 'none.mp4')


def test_title_in_another_encoding(tmp_path, frames):
    path = write_with_title(tmp_path / 'title.mp4', frames, 'Tennis match')
    odd_videos.edit(path, b'Tennis', b'T\xe4nnis')
    assert len(read_all(path)) == 12


def test_errors_cross_processes():
    """They stay errors of values, as data loaders raise them again."""
    error = UnreadableVideoError('a.mp4: got nothing')
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is UnreadableVideoError and str(again) == str(error)
    assert isinstance(error, ValueError)


def test_odd_sizes(tmp_path):
    path = videos.write(tmp_path / 'odd.webm', videos.draw(3, 51, 67),
                        'libvpx-vp9', deadline='realtime')
    expected = videos.decode_in_order(path)
    assert expected.shape == (3, 51, 67, 3)
    for n, image in read_all(path).items():
        np.testing.assert_array_equal(image, expected[n])
