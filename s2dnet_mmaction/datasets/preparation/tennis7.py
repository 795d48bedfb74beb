"""Small cleaned frames, folds and places of a folder of short clips.

For tennis7 (docs/tennis7.md), and for any other folder with the same files:

- ``videos/<class>/<clip>.mp4``, all of one size;
- ``groups.csv`` with columns ``file`` (``<class>/<clip>.mp4``), ``group``
  (number of the video that the clip was cut from) and ``fold``;
- ``boxes.csv`` with columns ``file``, ``frame``, ``x1``, ``y1``, ``x2``,
  ``y2``: where the detail is, in frames and pixels of the clips.
"""

import csv
import hashlib
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import cv2
import numpy as np

from ..._checks import require, require_int
from ..decoding.video_file import VideoFile
from . import drawing
from .decoded_frames import run_jobs

Row = Dict[str, str]


@dataclass(frozen=True)
class ClipOptions:
    """How clips become decoded frames.

    Args:
        short_px: height (or width, if that is smaller) of the frames.
        frame_interval: 2 keeps every second frame.
        drop_last: number of frames to drop at the end of every clip.
        paint: boxes (x1, y1, x2, y2) to paint grey in every clip, in its
            pixels; the last row and column are not painted.

    Raises:
        TypeError: if a number is no int.
        ValueError: if a number is out of range.
    """

    short_px: int = 144
    frame_interval: int = 2
    drop_last: int = 0
    paint: Sequence[Tuple[int, int, int, int]] = ()

    def __post_init__(self) -> None:
        require_int('short_px', self.short_px)
        require_int('frame_interval', self.frame_interval)
        require_int('drop_last', self.drop_last, minimum=0)
        for x1, y1, x2, y2 in self.paint:
            require(0 <= x1 < x2 and 0 <= y1 < y2, 'paint',
                    (x1, y1, x2, y2), '0 <= x1 < x2 and 0 <= y1 < y2',
                    'Give left, top, right and bottom in pixels.')


def prepare_clips(source: str, target: str, options: ClipOptions,
                  num_jobs: int = 2) -> bool:
    """Write decoded frames, lists and boxes.

    ``target`` gets

    - ``decoded/<clip>.npy``, (T, H, W, 3) uint8 RGB, for ``DecodedInit``;
    - ``classes.txt``: the folders of the clips, in alphabetical order;
    - ``fold<n>_train.txt`` and ``fold<n>_val.txt``, lines ``<class>/<clip>
      .mp4 <label>``; those of ``_val`` are the clips with this fold;
    - ``fold<n>_train_places.txt`` and ``fold<n>_val_places.txt``, lines
      ``<file> <label> <t> <y> <x>`` for ``PlacedVideoDataset``: the mean of
      the boxes' centres. t is 0, since boxes say where, not when;
    - ``boxes.csv``, the boxes in frames and pixels of the decoded frames,
      for ``BoxCoverageMetric``;
    - ``dataset.json``, which changes with the options and with the source.

    The folder appears once it is complete. If it exists with these options,
    nothing is written.

    Returns:
        whether anything was written.

    Raises:
        OSError: if a file is missing.
        ValueError: if the source does not fit its description above, a
            clip ends in a black frame, or ``target`` holds something else.
    """
    require_int('num_jobs', num_jobs)
    folder = Path(source)
    groups, boxes = (
        _read_csv(folder / name, columns) for name, columns in (
            ('groups.csv', ('file', 'group', 'fold')),
            ('boxes.csv', ('file', 'frame', 'x1', 'y1', 'x2', 'y2'))))
    _check_groups(folder, groups, boxes)
    digest = hashlib.sha1()
    for name in ('groups.csv', 'boxes.csv',
                 *(f'videos/{row["file"]}' for row in groups)):
        digest.update((folder / name).read_bytes())
    recipe = dict(name='clips', format=1, source=digest.hexdigest(),
                  **asdict(options))
    return drawing.write_whole(target, recipe, lambda part: _fill(
        folder, part, groups, boxes, options, num_jobs))


def _read_csv(path: Path, columns: Sequence[str]) -> List[Row]:
    with open(path, newline='') as file:
        rows = list(csv.DictReader(file))
    require(
        rows and set(columns) <= set(rows[0]), str(path),
        f'the columns {list(rows[0]) if rows else []}', f'{list(columns)}',
        'Give each clip its source video and fold, and the detail its boxes.')
    return rows


def _check_groups(folder: Path, groups: List[Row], boxes: List[Row]) -> None:
    """Refuse clips without a group or box, and groups in two folds."""
    root = folder / 'videos'
    clips = {str(path.relative_to(root)) for path in root.glob('*/*.mp4')}
    for name, rows in (('groups.csv', groups), ('boxes.csv', boxes)):
        odd = clips.symmetric_difference(row['file'] for row in rows)
        require(not odd, name, f'{sorted(odd)[:3]} of {len(odd)} clips that '
                f'are either only there or only in {root}', 'the same clips',
                'Complete the list, or remove what is too much.')
    stems = {Path(name).stem for name in clips}
    require(len(stems) == len(clips), str(root), 'clips of the same name in '
            'two classes', 'another name for each clip',
            'Rename them: their decoded frames share a folder.')
    fold_of = {}
    for row in groups:
        fold = fold_of.setdefault(row['group'], row['fold'])
        require(fold == row['fold'], f'group {row["group"]}',
                f'folds {fold} and {row["fold"]}', 'one fold',
                'Keep all clips of a source video in one fold: otherwise '
                'the accuracy shows how well scenes are recognised.')


def _fill(source: Path, target: Path, groups: List[Row], boxes: List[Row],
          options: ClipOptions, num_jobs: int) -> None:
    (target / 'decoded').mkdir()
    names = [row['file'] for row in groups]
    shapes = dict(zip(names, run_jobs(
        partial(_decode, source, target, options), names, num_jobs,
        'Decoding')))
    kept = [_scaled(row, *shapes[row['file']], options) for row in boxes]
    # The last frames may be dropped.
    kept = [row for row in kept if row[1] <= shapes[row[0]][0] - 1]
    drawing.write_lines(target / 'boxes.csv', ['file,frame,x1,y1,x2,y2', *(
        ','.join([name, *(f'{number:g}' for number in numbers)])
        for name, *numbers in kept)])
    classes = sorted({name.split('/')[0] for name in names})
    drawing.write_lines(target / 'classes.txt', classes)
    centers = {}
    for name, _, x1, y1, x2, y2 in kept:
        centers.setdefault(name, []).append(((y1 + y2) / 2, (x1 + x2) / 2))
    for fold in sorted({row['fold'] for row in groups}):
        for split in ('train', 'val'):
            lines, places = [], []
            for row in groups:
                if (row['fold'] == fold) == (split == 'val'):
                    name = row['file']
                    lines.append(f'{name} {classes.index(name.split("/")[0])}')
                    y, x = _place(centers[name], shapes[name][1])
                    places.append(f'{lines[-1]} 0 {y:.4f} {x:.4f}')
            stem = target / f'fold{fold}_{split}'
            drawing.write_lines(stem.with_name(f'{stem.name}.txt'), lines)
            drawing.write_lines(
                stem.with_name(f'{stem.name}_places.txt'), places)


def _decode(source: Path, target: Path, options: ClipOptions, name: str
            ) -> Tuple[int, Tuple[int, int], float]:
    """Clean and write the frames of a clip.

    Returns:
        number of frames written, their (H, W), and their size over that of
        the clip.
    """
    path = source / 'videos' / name
    video = VideoFile(path.read_bytes(), str(path))
    length = len(video) - options.drop_last
    require(length > 0, f'frames of {path}', len(video),
            f'more than drop_last={options.drop_last}', 'Remove the clip.')
    height, width = video.shape
    scale = options.short_px / min(height, width)
    size = round(height * scale), round(width * scale)
    indices = range(0, length, options.frame_interval)
    frames = np.empty((len(indices), *size, 3), np.uint8)
    for n, image in video.frames({*indices, length - 1}):
        if n == length - 1:
            require(image.mean() > 16, f'last frame of {path}', 'black',
                    'a picture: if it ends the clips of some classes alone, '
                    'it betrays them', 'Drop it in all clips: drop_last.')
        if n % options.frame_interval == 0:
            image = np.array(image)
            for x1, y1, x2, y2 in options.paint:
                image[y1:y2, x1:x2] = 128
            frames[n // options.frame_interval] = cv2.resize(
                image, size[::-1], interpolation=cv2.INTER_AREA)
    np.save(target / 'decoded' / f'{Path(name).stem}.npy', frames)
    return len(frames), size, scale


def _scaled(row: Row, length: int, size: Tuple[int, int], scale: float,
            options: ClipOptions) -> Tuple:
    """(file, frame, x1, y1, x2, y2) in decoded frames.

    Convention: the centre of the first pixel is 0, as of the sampler.
    """
    frame, *edges = (
        float(row[key]) for key in ('frame', 'x1', 'y1', 'x2', 'y2'))
    return (row['file'], frame / options.frame_interval,
            *(scale * edge - 0.5 for edge in edges))


def _place(centers: List[Tuple[float, float]], size: Tuple[int, int]
           ) -> np.ndarray:
    """Mean (y, x) of centres in px, relative to the frame, in [-1, 1]."""
    last = np.array(size) - 1
    return np.clip(2 * np.mean(centers, axis=0) / last - 1, -1, 1)
