"""The drawn untrimmed videos: events, decoys, sound."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from s2dnet_mmaction.datasets.preparation import haystack
from s2dnet_mmaction.datasets.preparation.haystack import (
    FPS,
    HaystackOptions,
    Scene,
    Span,
    plan,
    write_dataset,
)

TINY = HaystackOptions(num_train=6, num_val=3, num_trimmed=4,
                       seconds=(20, 24), num_events=(2, 2), frame_px=64)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp('data') / 'haystack'
    assert write_dataset(str(root), TINY, num_jobs=2)
    return root


def lines(path):
    return [line.split() for line in path.read_text().splitlines()]


def test_files(folder):
    assert len(lines(folder / 'train.txt')) == 6
    assert len(lines(folder / 'val.txt')) == 3
    assert len(lines(folder / 'trimmed.txt')) == 4
    events = json.loads((folder / 'events.json').read_text())
    for file, label in lines(folder / 'train.txt') + lines(
            folder / 'val.txt'):
        index = int(Path(file).stem)
        expected, scene = plan(TINY, index)
        assert int(label) == expected == index % 6
        entry = events[Path(file).name]
        assert entry['kind'] == scene.kind
        with av.open(str(folder / file)) as video:
            frames = list(video.decode(video.streams.video[0]))
            assert len(frames) == scene.num_frames
            assert bool(video.streams.audio) is (scene.kind != 'silent')
            seconds = scene.num_frames / FPS
        if video.streams.audio:
            with av.open(str(folder / file)) as video:
                samples = sum(frame.samples for frame in video.decode(
                    video.streams.audio[0]))
            assert samples / 16000 == pytest.approx(seconds, abs=.2)
    assert not write_dataset(str(folder), TINY)


def test_processes_change_nothing(folder, tmp_path):
    write_dataset(str(tmp_path / 'again'), TINY, num_jobs=1)
    for path in sorted(folder.rglob('*')):
        if path.is_file():
            other = tmp_path / 'again' / path.relative_to(folder)
            assert path.read_bytes() == other.read_bytes(), path


def test_plans():
    options = HaystackOptions()
    scenes = [plan(options, index) for index in range(240)]
    for label, scene in scenes:
        events = [span for span in scene.spans if span.is_event]
        decoys = [span for span in scene.spans if not span.is_event]
        assert 2 <= len(events) <= 4
        assert {span.label for span in events} == {label}
        # the same stripes would be the right answer
        assert all(span.label % 3 != label % 3 for span in decoys)
        assert len({span.label for span in decoys}) <= 1
        assert all(one.end <= other.first for one, other in zip(
            scene.spans, scene.spans[1:]))
        assert all(0 <= span.first < span.end <= scene.num_frames
                   for span in scene.spans)
    event_s, decoy_s = (
        sum(span.end - span.first for _, scene in scenes
            for span in scene.spans if span.is_event is kind) / FPS / 240
        for kind in (True, False))
    assert 7 < event_s < 11 < decoy_s < 16  # seconds of a video
    for kind, share in zip(haystack.KINDS, options.shares):
        got = sum(scene.kind == kind for _, scene in scenes) / 240
        assert got == pytest.approx(share, abs=.05)
    # The group of a decoy says nothing about the class.
    same = [span.label // 3 == label // 3 for label, scene in scenes
            for span in scene.spans[:1] if not span.is_event]
    assert .4 < np.mean(same) < .6


SPANS = [Span(8, 24, 0, True), Span(32, 40, 4, False)]


@pytest.mark.parametrize('kind, is_lit', [('seen', True), ('heard', False)])
def test_light(kind, is_lit):
    frames = haystack.draw_frames(Scene(kind, 48, SPANS), 64,
                                  np.random.default_rng(0))
    corner = frames[:, :8, :8].mean((1, 2)).astype(float)
    lit = corner[8:24].mean(0) - corner[:8].mean(0)
    assert bool(lit.max() > 15) is is_lit
    assert np.abs(corner[32:40].mean(0) - corner[:8].mean(0)).max() < 3


@pytest.mark.parametrize('kind, pitches', [
    ('seen', {0., 400.}), ('heard', {900., 0., 400.})])
def test_tones(kind, pitches):
    sounds = [haystack.draw_sound(Scene(kind, 48, SPANS),
                                  np.random.default_rng(n))
              for n in range(6)]
    heard = set()
    for sound in sounds:
        for span in SPANS:
            piece = sound[span.first * 2000:span.end * 2000].astype(float)
            power = np.abs(np.fft.rfft(piece))
            pitch = power.argmax() * 16000 / len(piece)
            loud = power.max() > 20 * np.median(power)
            heard.add(round(pitch / 100) * 100. if loud else 0.)
    assert heard == pitches


@pytest.mark.parametrize('options, message', [
    (dict(num_train=0), 'num_train: got 0'),
    (dict(seconds=(30, 20)), r'seconds: got \(30, 20\)'),
    (dict(seconds=(10, 20)), 'seconds: got .* for 4 events'),
    (dict(shares=(1., 0., 0.)), 'shares: got'),
])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        HaystackOptions(**options)
