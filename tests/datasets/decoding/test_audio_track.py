"""Pieces of the sound of a file."""

import av
import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding.audio_track import AudioTrack
from s2dnet_mmaction.datasets.decoding.errors import UnreadableVideoError
from tests.support import videos

RATE = 16000
FRAMES = videos.draw_numbers(100)  # 4 s


def tone(seconds=4, rate=RATE, channels=1):
    """440 Hz from second 1 to 2, silence otherwise."""
    time = np.arange(seconds * rate) / rate
    sound = np.sin(2 * np.pi * 440 * time) * (time >= 1) * (time < 2) / 2
    return np.tile(sound, (channels, 1)).astype(np.float32)


@pytest.fixture(scope='module')
def file(tmp_path_factory):
    return videos.write_with_sound(
        tmp_path_factory.mktemp('sound') / 'a.mp4', FRAMES, tone())


def read(path, start, end, rate=RATE, from_disk=False):
    content = path if from_disk else path.read_bytes()
    sound, = AudioTrack(content, path.name).read([(start, end)], rate)
    return sound


@pytest.mark.parametrize('from_disk', [False, True])
@pytest.mark.parametrize('start, end', [(0, 4), (.9, 1.3), (1.7, 3), (3, 4)])
def test_pieces(file, start, end, from_disk):
    sound = read(file, start, end, from_disk=from_disk)
    expected = tone()[0, round(start * RATE):round(end * RATE)]
    assert sound.dtype == np.float32 and sound.shape == expected.shape
    assert np.abs(sound - expected).mean() < .02
    loud = np.abs(expected) > .4
    assert (np.abs(sound[loud]) > .3).mean() > .95 or not loud.any()


def test_pieces_in_any_order(file):
    track = AudioTrack(file, file.name)
    later, earlier = track.read([(1.7, 3), (.9, 1.3)], RATE)
    np.testing.assert_array_equal(later, read(file, 1.7, 3))
    np.testing.assert_array_equal(earlier, read(file, .9, 1.3))


def test_outside_is_silent(file):
    sound = read(file, -1, 6)
    assert len(sound) == 7 * RATE
    assert np.abs(sound[:RATE - 800]).max() == 0
    assert np.abs(sound[-RATE:]).max() == 0
    assert np.abs(sound[2 * RATE:3 * RATE]).max() > .4


@pytest.mark.parametrize('rate, layout, codec', [
    (44100, 'stereo', 'aac'), (8000, 'mono', 'aac'),
    (48000, 'stereo', 'libopus')])
def test_other_rates_and_channels(tmp_path, rate, layout, codec):
    channels = dict(mono=1, stereo=2)[layout]
    path = videos.write_with_sound(
        tmp_path / 'a.mkv', FRAMES, tone(rate=rate, channels=channels), rate,
        codec, layout)
    sound = read(path, 0, 4)
    power = np.abs(np.fft.rfft(sound[RATE:2 * RATE]))
    assert abs(int(power.argmax()) - 440) <= 1
    assert np.abs(sound[RATE + 800:2 * RATE - 800]).max() > .4
    assert np.abs(sound[3 * RATE:]).max() < .05


def test_times_are_those_of_the_video(tmp_path):
    """MPEG-TS may begin at any."""
    path = videos.write_with_sound(
        tmp_path / 'a.ts', FRAMES, tone(),
        container_options=dict(output_ts_offset='2'))
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert stream.start_time * stream.time_base > 1
    sound = read(path, 0, 4)
    assert np.abs(sound[:RATE - 1600]).max() < .05
    assert np.abs(sound[RATE + 1600:2 * RATE - 1600]).max() > .4
    assert np.abs(sound[2 * RATE + 1600:]).max() < .05


def test_without_sound(tmp_path):
    path = videos.write(tmp_path / 'a.mp4', FRAMES)
    assert AudioTrack(path.read_bytes(), 'a.mp4').read([(0, 1)], RATE) == []


def test_no_file():
    with pytest.raises(UnreadableVideoError, match='a.mp4: got sound that'):
        AudioTrack(b'0' * 100, 'a.mp4').read([(0, 1)], RATE)
