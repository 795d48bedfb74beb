"""Haystack: drawn untrimmed videos with sound, whose event is brief.

A video lasts minutes. A disc drifts over a mottled ground. In a few short
events it shows the class: its colour is the group, and stripes on it are the
member. In between come decoys, a second each: the same disc with the stripes
of another class, and the colour of any group. There are more of them than
seconds of events. A recognizer that was trained on trimmed events takes a
decoy for one, so that the mean over all clips is often the decoys' answer.

What tells an event from a decoy is not on the disc. In some videos the whole
picture lights up in the colour of the group and the disc shakes: that shows
at any size. In others nothing in the picture differs, but a tone sounds, whose
pitch is the group; decoys have another sound. Some videos have both signs.
Some of those with visible events have no sound at all.

Trimmed videos of single events, with and without light, are what a recognizer
is trained on. The events of each video are written beside the labels.
"""

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import av
import numpy as np

from ..._checks import require, require_int
from . import drawing
from .decoded_frames import run_jobs

FPS = 8
SAMPLE_RATE_HZ = 16000
# name -> colour (RGB) of disc and light, pitch of the tone in Hz
GROUPS = dict(
    teal=((60, 140, 140), 900.0), amber=((160, 110, 60), 1600.0))
CLASSES = drawing.class_names(GROUPS)
KINDS = ('seen', 'heard', 'both', 'silent')
DECOY_HZ = 400.0
_GROUND = 100
_STRIPE_PERIOD_PX = 7
_RADIUS_PX = 14


@dataclass(frozen=True)
class HaystackOptions:
    """What to draw.

    Attributes:
        num_train, num_val: untrimmed videos.
        num_trimmed: trimmed videos of single events.
        seconds: shortest and longest video.
        event_seconds: shortest and longest event.
        num_events: fewest and most events of a video.
        decoy_share: share of the rest of a video that decoys fill.
        frame_px: side of a frame.
        shares: of the videos that are seen, heard, both, silent (seen, and
            without sound).
        seed: of all random numbers.
    """

    num_train: int = 240
    num_val: int = 96
    num_trimmed: int = 960
    seconds: Tuple[int, int] = (90, 150)
    event_seconds: Tuple[int, int] = (2, 4)
    num_events: Tuple[int, int] = (2, 4)
    decoy_share: float = 0.12
    frame_px: int = 112
    shares: Tuple[float, ...] = (.3, .4, .2, .1)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ('num_train', 'num_val', 'num_trimmed', 'frame_px'):
            require_int(name, getattr(self, name))
        for name in ('seconds', 'event_seconds', 'num_events'):
            low, high = getattr(self, name)
            require(1 <= low <= high, name, (low, high),
                    '1 <= shortest <= longest', 'Correct it.')
        longest = self.num_events[1] * (self.event_seconds[1] + 2)
        require(longest <= self.seconds[0], 'seconds', self.seconds,
                f'at least {longest}, for {self.num_events[1]} events',
                'Make the videos longer, or the events fewer.')
        require(len(self.shares) == len(KINDS)
                and abs(sum(self.shares) - 1) < 1e-6, 'shares', self.shares,
                f'{len(KINDS)} numbers that add up to 1, for {KINDS}',
                'Correct them.')


class Span(NamedTuple):
    """A piece of a video: frames ``first`` to ``end``, without ``end``."""
    first: int
    end: int
    label: int
    is_event: bool


class Scene(NamedTuple):
    """What happens in a video."""
    kind: str
    num_frames: int
    spans: List[Span]


def plan(options: HaystackOptions, index: int) -> Tuple[int, Scene]:
    """Label and scene of video ``index``; classes take turns."""
    turn, label = divmod(index, len(CLASSES))
    rng = np.random.default_rng([options.seed, 0, index])
    # All kinds in their shares, whatever the number of turns
    kind = KINDS[int(np.searchsorted(
        np.cumsum(options.shares), (turn * 0.6180339887 + .31) % 1))]
    seconds = int(rng.integers(*options.seconds, endpoint=True))
    # One class for all decoys of a video. Its group is any of both: otherwise
    # the colour of a decoy would betray the class.
    member = (label + int(rng.integers(1, 3))) % len(drawing.MEMBERS)
    other = int(rng.integers(len(GROUPS))) * len(drawing.MEMBERS) + member
    taken = np.zeros(seconds, bool)
    spans = []
    for _ in range(int(rng.integers(*options.num_events, endpoint=True))):
        length = int(rng.integers(*options.event_seconds, endpoint=True))
        free = [at for at in range(1, seconds - length)
                if not taken[at - 1:at + length + 1].any()]
        if free:
            at = int(rng.choice(free))
            taken[at - 1:at + length + 1] = True
            spans.append(Span(at * FPS, (at + length) * FPS, label, True))
    for at in range(seconds):
        if not taken[at] and rng.random() < options.decoy_share:
            spans.append(Span(at * FPS, (at + 1) * FPS, other, False))
    return label, Scene(kind, seconds * FPS, sorted(spans))


def draw_frames(scene: Scene, size_px: int,
                rng: np.random.Generator) -> np.ndarray:
    """(T, H, W, 3) uint8 frames of a scene."""
    ground = np.repeat(_GROUND + 25 * drawing.mottle(size_px, rng)[..., None],
                       3, axis=2)
    noise = 2 * rng.standard_normal((8, size_px, size_px, 1), np.float32)
    stills = (ground + noise).round().clip(0, 255).astype(np.uint8)
    span_of: List[Optional[Span]] = [None] * scene.num_frames
    for span in scene.spans:
        span_of[span.first:span.end] = [span] * (span.end - span.first)
    margin = _RADIUS_PX + 6
    place = rng.uniform(margin, size_px - margin, 2)
    speed = rng.uniform(-.5, .5, 2)
    phase = float(rng.uniform(0, 2 * np.pi))
    frames = np.empty((scene.num_frames, size_px, size_px, 3), np.uint8)
    for t, span in enumerate(span_of):
        place += speed
        outside = (place < margin) | (place > size_px - margin)
        speed[outside] *= -1
        place = place.clip(margin, size_px - margin)
        image = stills[t % len(stills)].astype(np.float32)
        at = place
        if span is not None and span.is_event and scene.kind != 'heard':
            colour = np.array(_group(span.label)[0], np.float32)
            image = .6 * image + .6 * colour  # the light
            at = place + 4 * np.array([np.sin(2.4 * t), np.cos(2.4 * t)])
        _draw_disc(image, at, span, phase)
        frames[t] = image.round().clip(0, 255)
    return frames


def _draw_disc(image: np.ndarray, place: np.ndarray, span: Optional[Span],
               phase: float) -> None:
    """Draw the disc into an image; grey if nothing happens."""
    left, top = (int(each) - _RADIUS_PX - 1 for each in place)
    side = 2 * _RADIUS_PX + 3
    part = image[top:top + side, left:left + side]
    y, x = np.mgrid[top:top + part.shape[0], left:left + part.shape[1]]
    dx, dy = x - place[0], y - place[1]
    cover = np.clip(_RADIUS_PX + .5 - np.hypot(dx, dy), 0, 1)[..., None]
    disc = np.full(3, 115., np.float32)
    if span is not None:
        member = span.label % len(drawing.MEMBERS)
        across, down = list(drawing.MEMBERS.values())[member]
        wave = np.sin(2 * np.pi / _STRIPE_PERIOD_PX * (
            across * dx + down * dy) + phase)
        disc = np.array(_group(span.label)[0]) + 45 * wave[..., None]
    part += (disc - part) * cover


def draw_sound(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """(samples,) int16 sound of a scene; tones where events are heard."""
    total = scene.num_frames * SAMPLE_RATE_HZ // FPS
    sound = 300 * rng.standard_normal(total).astype(np.float32)
    for span in scene.spans:
        first, end = (n * SAMPLE_RATE_HZ // FPS for n in span[:2])
        pitch = DECOY_HZ
        if span.is_event:
            if scene.kind == 'seen':
                continue
            pitch = _group(span.label)[1]
        elif rng.random() < .5:
            continue
        time = np.arange(end - first) / SAMPLE_RATE_HZ
        # A trill, so that it is no line of the spectrum
        phase = 2 * np.pi * pitch * time + 3 * np.sin(2 * np.pi * 6 * time)
        fade = np.minimum(1, 20 * np.minimum(time, time[-1] - time))
        sound[first:end] += 4000 * fade * np.sin(phase)
    return sound.round().clip(-32768, 32767).astype(np.int16)


def _group(label: int) -> Tuple[Tuple[int, int, int], float]:
    return list(GROUPS.values())[label // len(drawing.MEMBERS)]


def write_video(path: Path, frames: np.ndarray,
                sound: Optional[np.ndarray]) -> None:
    """Encode H.264, a group of pictures a second, and AAC."""
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264', rate=FPS)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = 'yuv420p'
        stream.codec_context.thread_count = 1  # always the same file
        stream.options = {
            'crf': '27', 'preset': 'veryfast', 'x264-params':
            f'keyint={FPS}:min-keyint={FPS}:scenecut=0:bframes=0:ref=1:'
            'mbtree=0'}
        audio = None
        if sound is not None:
            audio = container.add_stream('aac', rate=SAMPLE_RATE_HZ,
                                         layout='mono')
        for image in frames:
            container.mux(stream.encode(
                av.VideoFrame.from_ndarray(image, format='rgb24')))
        container.mux(stream.encode())
        if audio is None:
            return
        for first in range(0, len(sound), 1024):
            frame = av.AudioFrame.from_ndarray(
                sound[None, first:first + 1024], format='s16', layout='mono')
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, first
            container.mux(audio.encode(frame))
        container.mux(audio.encode())


def write_dataset(root: str, options: Optional[HaystackOptions] = None,
                  num_jobs: int = 2) -> bool:
    """Write video files and annotation files.

    The result is ``root/videos/*.mp4``; ``root/train.txt`` and
    ``root/val.txt`` (a line is ``<file> <label>``); ``root/events.json``,
    for each video its kind and the seconds ``[start, end]`` of its events;
    ``root/trimmed/*.mp4`` and ``root/trimmed.txt``; ``root/classes.txt``;
    ``root/dataset.json`` with the options. The folder appears once it is
    complete. If it exists with these options, nothing is written. The number
    of processes changes nothing in it.

    Args:
        root: folder to make.
        options: of the data set; None: the default ones.
        num_jobs: number of processes.

    Returns:
        whether the videos were written.

    Raises:
        TypeError: if ``num_jobs`` is no int.
        ValueError: if it is below 1 or ``root`` holds something else.
    """
    options = options or HaystackOptions()
    require_int('num_jobs', num_jobs)
    recipe = dict(name='haystack', format=1, classes=CLASSES,
                  **asdict(options))
    return drawing.write_whole(
        root, recipe, lambda folder: _fill(folder, options, num_jobs))


def _fill(folder: Path, options: HaystackOptions, num_jobs: int) -> None:
    for kind in ('videos', 'trimmed'):
        (folder / kind).mkdir()
    drawing.write_lines(folder / 'classes.txt', CLASSES)
    number = options.num_train + options.num_val
    rows = run_jobs(partial(_write_one, folder, options), range(number),
                    num_jobs, 'Videos')
    lines = [f'{row["file"]} {row["label"]}' for row in rows]
    drawing.write_lines(folder / 'train.txt', lines[:options.num_train])
    drawing.write_lines(folder / 'val.txt', lines[options.num_train:])
    (folder / 'events.json').write_text(json.dumps(
        {Path(row['file']).name: {name: row[name]
                                  for name in ('kind', 'events')}
         for row in rows}, indent=1))
    drawing.write_lines(folder / 'trimmed.txt', run_jobs(
        partial(_write_trimmed, folder, options),
        range(options.num_trimmed), num_jobs, 'Trimmed'))


def _write_one(folder: Path, options: HaystackOptions,
               index: int) -> Dict[str, Any]:
    label, scene = plan(options, index)
    rng = np.random.default_rng([options.seed, 1, index])
    name = f'videos/{index:05d}.mp4'
    frames = draw_frames(scene, options.frame_px, rng)
    sound = None if scene.kind == 'silent' else draw_sound(scene, rng)
    write_video(folder / name, frames, sound)
    return dict(file=name, label=label, kind=scene.kind, events=[
        [span.first / FPS, span.end / FPS] for span in scene.spans
        if span.is_event])


def _write_trimmed(folder: Path, options: HaystackOptions,
                   index: int) -> str:
    """An event of one or two seconds, in turn with light and without."""
    label = index % len(CLASSES)
    rng = np.random.default_rng([options.seed, 2, index])
    length = int(rng.integers(1, 3)) * FPS
    kind = ('seen', 'heard')[index // len(CLASSES) % 2]
    scene = Scene(kind, length, [Span(0, length, label, True)])
    # Not a name of a video
    name = f'trimmed/t{index:05d}.mp4'
    write_video(folder / name, draw_frames(scene, options.frame_px, rng),
                None)
    return f'{name} {label}'
