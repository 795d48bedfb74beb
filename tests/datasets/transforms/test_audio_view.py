"""Log-mel spectrograms of the sound around a clip."""

import librosa
import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import AudioView, ClipInit
from s2dnet_mmaction.datasets.decoding.audio_track import AudioTrack
from tests.support import videos

RATE, FPS = 16000, 25
FRAMES = videos.draw_numbers(150)  # 6 s
CANDIDATES = np.arange(150).reshape(6, 25)  # of a second each


def opened(tmp_path, sound):
    init_default_scope('mmaction')
    path = tmp_path / 'a.mp4'
    if sound is None:
        videos.write(path, FRAMES)
    else:
        videos.write_with_sound(path, FRAMES, sound)
    return ClipInit()(dict(filename=str(path), start_index=0,
                           frame_interval=1))


def tone(pitch=1000, begin=2, end=3):
    time = np.arange(6 * RATE) / RATE
    sound = np.sin(2 * np.pi * pitch * time) * (time >= begin) * (time < end)
    return sound[None].astype(np.float32) / 2


def test_a_tone_is_where_it_sounds(tmp_path):
    view = AudioView().read(opened(tmp_path, tone()), CANDIDATES)
    assert view.shape == (6, 1, 40, 200) and view.dtype == torch.float32
    loud = (view[:, 0] > 0).any(1)  # (clip, step)
    # A window is 2 s: clips 1 to 3 hear the tone, at its end, in its middle
    # and at its begin.
    assert loud.any(1).tolist() == [False, True, True, True, False, False]
    for clip, (first, last) in {1: (150, 200), 2: (50, 150),
                                3: (0, 50)}.items():
        steps = loud[clip].nonzero().flatten()
        assert abs(int(steps[0]) - first) <= 3
        assert abs(int(steps[-1]) + 1 - last) <= 3
    bands = librosa.mel_frequencies(42, fmin=125, fmax=7500, htk=True)[1:-1]
    band = view[2, 0, :, 100].argmax()
    assert abs(np.log(bands[band] / 1000)) < .1


def test_chunks_do_not_change_it(tmp_path):
    results = opened(tmp_path, tone())
    whole = AudioView().read(results, CANDIDATES)
    for clip in range(6):
        alone = AudioView().read(results, CANDIDATES[clip:clip + 1])
        # AAC is decoded from another packet on.
        assert (whole[clip] - alone[0]).abs().max() < .3
        assert (whole[clip] - alone[0]).abs().mean() < .01


def test_far_clips_are_read_apart(tmp_path, monkeypatch):
    results = opened(tmp_path, tone())
    whole = AudioView(context=1).read(results, CANDIDATES)
    lengths = []
    read = AudioTrack.read

    def record(self, spans, rate):
        lengths.extend(end - start for start, end in spans)
        return read(self, spans, rate)

    monkeypatch.setattr(AudioTrack, 'read', record)
    some = AudioView(context=1).read(results, CANDIDATES[[5, 0, 2]])
    assert len(lengths) == 3 and max(lengths) < 1.2
    assert (some - whole[[5, 0, 2]]).abs().mean() < .01


def test_the_hop_follows_the_clip(tmp_path):
    results = opened(tmp_path, tone())
    short = AudioView(num_steps=50).read(results,
                                         np.arange(50, 75, 5).reshape(1, 5))
    # 5 frames are 0.2 s: all of the window of 0.4 s but the first half
    # second lies in the tone.
    assert short.shape == (1, 1, 40, 50)
    loud = (short[0, 0] > 0).any(0)
    assert loud[18:].all() and not loud[:10].any()


def test_without_sound(tmp_path):
    results = opened(tmp_path, None)
    assert AudioView().read(results, CANDIDATES) is None
    silent = AudioView(missing='silence').read(results, CANDIDATES)
    assert silent.shape == (6, 1, 40, 200)
    heard = AudioView().read(opened(tmp_path, tone()), CANDIDATES)
    torch.testing.assert_close(silent[5], heard[5], atol=.05, rtol=0)


@pytest.mark.parametrize('results, message', [
    (dict(frame_dir='a'), 'sound: got frames'),
])
def test_frames_have_none(results, message):
    with pytest.raises(ValueError, match=message):
        AudioView().read(results, CANDIDATES)


@pytest.mark.parametrize('options, message', [
    (dict(num_mels=0), 'num_mels: got 0'),
    (dict(num_steps=1), 'num_steps: got 1'),
    (dict(context=0), 'context: got 0'),
    (dict(missing='noise'), "missing: got 'noise'"),
    (dict(sample_rate=8000), 'sample_rate: got 8000'),
])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        AudioView(**options)
