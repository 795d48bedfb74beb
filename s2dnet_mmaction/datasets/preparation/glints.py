"""Glints: a small fine-grained video data set, drawn rather than filmed.

A disc drifts over a mottled background. Its colour is the group of the
class and visible at any size. For a short time the disc lights up and shows
stripes; their direction is the member of the group; nothing else
distinguishes the members. The stripes are too fine for a synopsis: their
period is ``STRIPE_PERIOD_PX``, so that frames shrunk eight-fold show an even
disc (five-fold leaves a little contrast). A model that does not see them can
name the group and has to guess the member: its ceiling is 1 / members.
"""

from pathlib import Path
from typing import List

import numpy as np
from rich.progress import track

from ..._checks import require_int
from . import drawing

# name -> colour of the disc, of the background (RGB)
GROUPS = dict(
    teal=((40, 150, 150), (105, 95, 90)),
    amber=((180, 130, 40), (90, 95, 105)))
CLASSES = drawing.class_names(GROUPS)

FRAME_PX = 128
DISC_RADIUS_PX = 18
STRIPE_PERIOD_PX = 7
NUM_FRAMES = (56, 72)  # shortest and longest video
GLINT_FRAMES = (14, 18)  # shortest and longest glint
CODECS = ('libx264', 'mpeg4')  # H.264 and MPEG-4 part 2, in turn


def draw_video(index: int, seed: int) -> drawing.Video:
    """Draw video ``index``; classes take turns, all else is random.

    Its place is that of the disc in the middle of the glint.
    """
    rng = np.random.default_rng([seed, index])
    label = index % len(CLASSES)
    group, member = divmod(label, len(drawing.MEMBERS))
    disc_rgb, ground_rgb = list(GROUPS.values())[group]
    direction = list(drawing.MEMBERS.values())[member]

    num_frames = int(rng.integers(NUM_FRAMES[0], NUM_FRAMES[1] + 1))
    glint_frames = int(rng.integers(GLINT_FRAMES[0], GLINT_FRAMES[1] + 1))
    onset = int(rng.integers(4, num_frames - glint_frames - 3))
    start, stop = rng.uniform(0.25, 0.75, (2, 2)) * FRAME_PX  # (x, y)
    phase = float(rng.uniform(0, 2 * np.pi))
    ground = 30 * drawing.mottle(FRAME_PX, rng)[..., None] + np.array(
        ground_rgb, np.float32)
    disc_rgb = np.array(disc_rgb, np.float32)

    y, x = np.mgrid[:FRAME_PX, :FRAME_PX].astype(np.float32)
    frames = np.empty((num_frames, FRAME_PX, FRAME_PX, 3), np.uint8)
    for t in range(num_frames):
        part = t / (num_frames - 1)
        center_x, center_y = (start + part * (stop - start)).tolist()
        dx, dy = x - center_x, y - center_y
        distance = np.hypot(dx, dy)
        cover = np.clip(DISC_RADIUS_PX + 0.5 - distance, 0, 1)[..., None]
        disc = disc_rgb
        if onset <= t < onset + glint_frames:
            across = direction[0] * dx + direction[1] * dy
            wave = np.sin(2 * np.pi / STRIPE_PERIOD_PX * across + phase)
            disc = disc + (30 + 45 * wave[..., None])
        noise = 3 * rng.standard_normal(ground.shape, np.float32)
        image = ground + (disc - ground) * cover + noise
        frames[t] = image.round().clip(0, 255)
    # (x, y) and t in the middle of the glint, relative in [-1, 1]
    middle = (onset + (glint_frames - 1) / 2) / (num_frames - 1)
    x, y = 2 * (start + middle * (stop - start)) / (FRAME_PX - 1) - 1
    return drawing.Video(frames, label, (2 * middle - 1, float(y), float(x)))


def write_dataset(root: str, num_train: int, num_val: int, seed: int) -> bool:
    """Write videos and MMAction2 annotation files.

    The result is ``root/videos/*.mp4``, ``root/train.txt`` and
    ``root/val.txt`` (a line is ``<file> <label>``), ``train_places.txt`` and
    ``val_places.txt`` (``<file> <label> <t> <y> <x>``, the place as in
    ``Video``), ``root/classes.txt``, and ``root/dataset.json`` with the
    arguments. The folder appears once it is complete. If it exists with
    these arguments, nothing is written.

    Args:
        root: folder to make.
        num_train: number of training videos.
        num_val: number of validation videos.
        seed: of all random numbers.

    Returns:
        whether anything was written.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is below 1 or ``root`` holds something else.
    """
    require_int('num_train', num_train)
    require_int('num_val', num_val)
    recipe = dict(name='glints', format=2, num_train=num_train,
                  num_val=num_val, seed=seed)

    def fill(folder: Path) -> None:
        (folder / 'videos').mkdir()
        lines: List[str] = []
        places: List[str] = []
        for index in track(
                range(num_train + num_val), description=f'Writing {root}'):
            video = draw_video(index, seed)
            name = f'videos/{index:05d}.mp4'
            codec = CODECS[index // len(CLASSES) % len(CODECS)]
            drawing.write_video(folder / name, video.frames, codec)
            lines.append(f'{name} {video.label}')
            place = ' '.join(f'{at:.5f}' for at in video.place)
            places.append(f'{lines[-1]} {place}')
        for suffix, all_lines in (('', lines), ('_places', places)):
            drawing.write_lines(
                folder / f'train{suffix}.txt', all_lines[:num_train])
            drawing.write_lines(
                folder / f'val{suffix}.txt', all_lines[num_train:])
        drawing.write_lines(folder / 'classes.txt', CLASSES)

    return drawing.write_whole(root, recipe, fill)
