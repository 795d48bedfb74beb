"""Telltale: a drawn fine-grained benchmark that a CPU can train on.

A disc drifts a little over a mottled ground. Its colour is the group of the
class and visible at any size. Once per video the scene lights up and fades
again; at the peak of the light, stripes appear on the disc. Their direction
is the member of the group; nothing else distinguishes the members. (There is
only one diagonal: a small net confuses it with its mirror image for so long
that this would hide what the sampler learns.)

Decoys (``num_decoys``) are grey discs. Each lights up once, at another time
than the disc of the class, without stripes. The scene lights up with it, but
less: when shows only in how bright the light is, and where in the colour.

With ``colour_in_corner`` the disc is dark grey, and another disc in the corner
that is farthest from it has the colour. Then the group shows in the synopsis
alone: a detail net in the right window needs what the synopsis net knows.

In some of the videos (``plain_share``) the detail is not needed: wide stripes
in the same direction cover the ground, in all frames. They show at any size.

A synopsis of 20 px shows when (the light) and where (the disc), but hardly
which stripes: one of its pixels covers 128 / 20 = 6.4 px, about one period.
The contrast that is left there is far below what a small net finds. Such a
net can name the group and has to guess the member, so its ceiling is
``drawing.BLIND_CEILING`` (docs/telltale.md says what it reaches).

The place of the detail is written beside the labels. Close-ups show the same
stripes cut out of space and time. A detail net is pretrained on them, as the
paper's net on ImageNet.
"""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import List, Optional, Tuple

import numpy as np

from ..._checks import require_int
from . import drawing
from .decoded_frames import decode_dataset, run_jobs
from .telltale_options import LIGHTS_APART, SceneOptions, TelltaleOptions

# name -> colour of the disc (RGB)
GROUPS = dict(
    teal=(60, 140, 140), amber=(160, 110, 60), violet=(120, 70, 150))
CLASSES = drawing.class_names(GROUPS)
GREY = 115  # all three channels of a disc without a colour
# of a disc whose colour is in a corner: darker than any ground, also lit
DARK = 60
GROUND_LEVEL = 100  # mean brightness of the unlit ground, of 0..255


def draw_video(index: int, options: TelltaleOptions) -> drawing.Video:
    """Draw video ``index``; classes take turns, all else is random."""
    turn, label = divmod(index, len(CLASSES))
    # Plain videos are spread evenly, all classes of a turn alike.
    share = options.plain_share
    plain = int((turn + 1) * share) > int(turn * share)
    return draw_scene(options, label,
                      np.random.default_rng([options.seed, 0, index]), plain)


def draw_closeup(index: int, options: TelltaleOptions) -> drawing.Video:
    """Draw close-up ``index``; classes take turns."""
    return draw_scene(options.closeup, index % len(CLASSES),
                      np.random.default_rng([options.seed, 1, index]))


def draw_scene(scene: SceneOptions, label: int, rng: np.random.Generator,
               plain: bool = False) -> drawing.Video:
    """Draw a video of a class. Random numbers do not depend on the class.

    Its place is that of the disc at the peak of the light. In a plain one
    wide stripes on the ground show the class as well.
    """
    group, member = divmod(label, len(drawing.MEMBERS))
    direction = list(drawing.MEMBERS.values())[member]
    shortest, longest = scene.num_frames
    num_frames = int(rng.integers(shortest, longest + 1))
    peak = _peak(scene, num_frames, rng)
    path = _path(scene, num_frames, rng)
    phase = rng.uniform(0, 2 * np.pi)
    ground = GROUND_LEVEL + scene.mottle * drawing.mottle(scene.frame_px, rng)
    noise = rng.standard_normal((num_frames, *ground.shape), np.float32)
    # They draw their numbers last, so that the rest is the same without them.
    decoys = [(_other_peak(scene, num_frames, peak, rng),
               _path(scene, num_frames, rng))
              for _ in range(scene.num_decoys)]
    if plain:  # its random number comes last, too
        ground += scene.plain_contrast * _wide_stripes(scene, direction, rng)

    light, show = (_bump(num_frames, peak, std) for std in
                   (scene.light_std_frames, scene.stripe_std_frames))
    decoy_lights = [_bump(num_frames, at, scene.light_std_frames)
                    for at, _ in decoys]
    behind = ground + light * scene.ground_light
    for decoy_light in decoy_lights:
        behind += decoy_light * np.float32(scene.decoy_ground_light)
    for decoy_light, (_, decoy_path) in zip(decoy_lights, decoys):
        cover, *_ = _disc(scene, decoy_path)
        behind += cover * (
            GREY + decoy_light * np.float32(scene.disc_light) - behind)
    cover, dy, dx, squared = _disc(scene, path)
    across = dx * np.float32(direction[0]) + dy * np.float32(direction[1])
    stripes = np.cos(
        across * np.float32(2 * np.pi / scene.stripe_period_px) +
        np.float32(phase))
    stripes *= np.exp(squared * np.float32(-0.5 / scene.stripe_std_px**2))
    on_disc = light * np.float32(scene.disc_light)
    on_disc = on_disc + show * np.float32(scene.stripe_contrast) * stripes
    base = (1 - cover) * behind
    base += cover * on_disc + scene.noise_std * noise
    colour = np.array(list(GROUPS.values())[group], np.float32)
    on_top = np.full_like(colour, DARK) if scene.colour_in_corner else colour
    frames = base[..., None] + cover[..., None] * on_top
    if scene.colour_in_corner:
        corner, *_ = _disc(scene, _farthest_corner(scene, path))
        frames += corner[..., None] * (colour - behind[..., None])

    def relative(at: float, extent: int) -> float:
        return float(2 * at / (extent - 1) - 1)

    frames = frames.round().clip(0, 255).astype(np.uint8)
    y, x = (relative(at, scene.frame_px) for at in path[peak])
    return drawing.Video(frames, label, (relative(peak, num_frames), y, x))


def _wide_stripes(scene: SceneOptions, direction: Tuple[float, float],
                  rng: np.random.Generator) -> np.ndarray:
    """(H, W) stripes over the whole frame, from -1 to 1."""
    y, x = np.mgrid[:scene.frame_px, :scene.frame_px].astype(np.float32)
    across = x * np.float32(direction[0]) + y * np.float32(direction[1])
    return np.cos(across * np.float32(2 * np.pi / scene.plain_period_px) +
                  np.float32(rng.uniform(0, 2 * np.pi)))


def _path(scene: SceneOptions, num_frames: int,
          rng: np.random.Generator) -> np.ndarray:
    """(T, 2) centre (y, x) of a disc in each frame, in pixels."""
    middle = (scene.frame_px - 1) / 2
    # The sum of two uniform variables is triangularly distributed
    place = middle + scene.spread_px * rng.uniform(-1, 1, (2, 2)).mean(0)
    drift = rng.uniform(-1, 1, 2) * scene.drift_px / 2
    return place + drift * np.linspace(-1, 1, num_frames)[:, None]


def _farthest_corner(scene: SceneOptions, path: np.ndarray) -> np.ndarray:
    """(1, 2) centre (y, x) of a disc in the corner farthest from a path."""
    near, far = scene.disc_radius_px, scene.frame_px - 1 - scene.disc_radius_px
    middle = (scene.frame_px - 1) / 2
    return np.where(path.mean(0, keepdims=True) > middle, near, far)


def _disc(scene: SceneOptions, path: np.ndarray) -> Tuple[np.ndarray, ...]:
    """How much of each pixel a disc covers, and distances from its centre.

    Returns:
        cover (T, H, W) in [0, 1], dy (T, H, 1), dx (T, 1, W) and dy^2 + dx^2
        (T, H, W), in pixels.
    """
    pixels = np.arange(scene.frame_px, dtype=np.float32)
    y, x = path.astype(np.float32).T[..., None, None]  # (T, 1, 1) each
    dy, dx = pixels[:, None] - y, pixels - x
    squared = dy * dy + dx * dx
    cover = np.clip(scene.disc_radius_px + 0.5 - np.sqrt(squared), 0, 1)
    return cover, dy, dx, squared


def _peak(scene: SceneOptions, num_frames: int,
          rng: np.random.Generator) -> int:
    """Frame of a light."""
    margin = scene.light_margin_frames
    return int(rng.integers(margin, num_frames - margin))


def _other_peak(scene: SceneOptions, num_frames: int, peak: int,
                rng: np.random.Generator) -> int:
    """Frame of a decoy's light, which does not overlap that of the disc."""
    while True:
        other = _peak(scene, num_frames, rng)
        if abs(other - peak) >= LIGHTS_APART * scene.light_std_frames:
            return other


def _bump(num_frames: int, peak: int, std: float) -> np.ndarray:
    """(T, 1, 1) a Gaussian over the frames, 1 at its peak."""
    times = np.arange(num_frames, dtype=np.float32)[:, None, None] - peak
    return np.exp(-0.5 * (times / np.float32(std))**2)


def write_dataset(root: str, options: Optional[TelltaleOptions] = None,
                  num_jobs: int = 2, decode: bool = False) -> bool:
    """Write video files (H.264) and annotation files.

    The result is ``root/videos/*.mp4``; ``root/train.txt`` and
    ``root/val.txt`` (a line is ``<file> <label>``);
    ``root/train_places.txt`` and ``root/val_places.txt`` (``<file> <label>
    <t> <y> <x>``, the place of the detail as in ``Video``);
    ``root/closeups/*.mp4`` and ``root/closeups.txt``;
    ``root/classes.txt``; and ``root/dataset.json`` with the options. The
    folder appears once it is complete. If it exists with these options,
    nothing is written. The number of processes changes nothing in it.

    Args:
        root: folder to make.
        options: of the data set; None: the default ones.
        num_jobs: number of processes.
        decode: whether to add the decoded frames, as ``decode_dataset``
            does. They may be added later.

    Returns:
        whether the videos were written.

    Raises:
        TypeError: if ``num_jobs`` is no int.
        ValueError: if it is below 1 or ``root`` holds something else.
    """
    options = options or TelltaleOptions()
    require_int('num_jobs', num_jobs)
    recipe = dict(
        name='telltale', format=1, classes=CLASSES, **asdict(options))
    written = drawing.write_whole(
        root, recipe, lambda folder: _fill(folder, options, num_jobs))
    if decode:
        decode_dataset(root, num_jobs)
    return written


def _fill(folder: Path, options: TelltaleOptions, num_jobs: int) -> None:
    for kind in ('videos', 'closeups'):
        (folder / kind).mkdir()
    drawing.write_lines(folder / 'classes.txt', CLASSES)
    write = partial(_write_one, folder, options)
    lines = run_jobs(
        partial(write, False), range(options.num_train + options.num_val),
        num_jobs, 'Videos')
    closeups = run_jobs(
        partial(write, True), range(options.num_closeups), num_jobs,
        'Close-ups')
    for name, chosen in (('train', lines[:options.num_train]),
                         ('val', lines[options.num_train:])):
        drawing.write_lines(folder / f'{name}_places.txt', chosen)
        drawing.write_lines(folder / f'{name}.txt', _labels(chosen))
    drawing.write_lines(folder / 'closeups.txt', _labels(closeups))


def _write_one(folder: Path, options: TelltaleOptions, closeup: bool,
               index: int) -> str:
    """Draw and encode; the line is for the annotation file."""
    if closeup:
        # Not a name of a video: the decoded frames share a folder.
        name, draw = f'closeups/c{index:05d}.mp4', draw_closeup
    else:
        name, draw = f'videos/{index:05d}.mp4', draw_video
    video = draw(index, options)
    # The encoder's output may depend on its number of threads. With one, it
    # varies at 40 and 48 px unless the macroblock tree is off; at 128 px it
    # did not in a comparison of many files.
    compared = video.frames.shape[1] == 128
    drawing.write_video(folder / name, video.frames, num_threads=1,
                x264_params=None if compared else 'mbtree=0')
    place = ' '.join(f'{number:.6f}' for number in video.place)
    return f'{name} {video.label} {place}'


def _labels(lines: List[str]) -> List[str]:
    """The lines without the place."""
    return [' '.join(line.split()[:2]) for line in lines]
