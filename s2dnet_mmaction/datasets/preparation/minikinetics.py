"""Mini-Kinetics: the videos of 200 of the classes of Kinetics-400.

Its annotation files are those of Kinetics-400 without the lines of other
classes, with labels 0..199. Kinetics-400 comes in three forms:

- videos: ``<class folder>/<file> <label>`` on each line;
- rawframes: ``<class folder>/<folder> <frames> <label>`` on each line;
- CSV, the official one, with at least the columns ``label, youtube_id,
  time_start, time_end, split``. Its videos get the paths that the host's
  ``tools/data/kinetics`` gives them. It lists all videos, also those that
  are no longer to be had; lists made by the host hold those on disk.
"""

import csv
import difflib
import functools
import os
import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Dict, List, NamedTuple, Optional, Union

from ..._checks import require, require_choice, require_int

PathLike = Union[str, Path]
# Name of a split -> what the column "split" of its CSV file holds.
SPLITS = dict(train=('train', ), val=('val', 'validate', 'validation'))
CSV_COLUMNS = ('label', 'youtube_id', 'time_start', 'time_end', 'split')
LINES = dict(
    videos="'<class folder>/<file> <label>'",
    rawframes="'<class folder>/<folder> <frames> <label>'")
# Class names are spelled with either of these, folders with underscores.
TO_SPACE = str.maketrans('_-\u2010\u2013', '    ')
NO_QUOTES = str.maketrans('', '', '\'"`\u2018\u2019\u201c\u201d')


class Video(NamedTuple):
    """One line of an annotation file of Kinetics-400.

    Attributes:
        class_name: normalised.
        entry: the line of a list without its label.
    """
    class_name: str
    entry: str


class Split(NamedTuple):
    """An annotation file of Kinetics-400.

    Attributes:
        name: ``'train'`` or ``'val'``.
        kind: ``'videos'`` or ``'rawframes'``, what the entries are.
        videos: in the order of the file.
    """
    name: str
    kind: str
    videos: List[Video]


def build_annotations(train: PathLike,
                      val: PathLike,
                      classes: PathLike,
                      out: PathLike,
                      *,
                      label_map: Optional[PathLike] = None,
                      num_classes: int = 200,
                      force: bool = False) -> Dict[Path, int]:
    """Write ``minikinetics_{train,val}_list_{videos,rawframes}.txt``.

    Args:
        train: Kinetics-400's annotations for training, in any form.
        val: those for validation.
        classes: file with the name of one class on each line; a class's
            label is its position, from 0.
        out: folder for the files.
        label_map: file with the names of all classes of Kinetics-400 in the
            order of their labels. Then the labels of a list tell the
            classes; None: its class folders do. CSV files name their
            classes in any case.
        num_classes: number of classes that there must be.
        force: whether to replace existing files.

    Returns:
        the files written, each with its number of videos.

    Raises:
        FileExistsError: if a file exists and ``force`` is false.
        ValueError: if an input is malformed, there are not ``num_classes``
            classes, or a class has no videos. Nothing is written then.
    """
    labels = read_names(classes)
    require_int('num_classes', num_classes)
    require(
        len(labels) == num_classes, f'classes in {classes}', len(labels),
        num_classes, 'Give one plain name on each line, or --num-classes.')
    known = None if label_map is None else read_names(label_map)
    splits = [
        read_split(train, 'train', known),
        read_split(val, 'val', known)
    ]
    kinds = [split.kind for split in splits]
    require(kinds[0] == kinds[1], f'{train} and {val}',
            f'lists of {kinds[0]} and of {kinds[1]}', 'two of one kind',
            'A config reads lists of one kind.')
    _require_videos(labels, splits)
    both = {video.entry for video in splits[0].videos
            } & {video.entry for video in splits[1].videos}
    require(not both, f'{train} and {val}',
            f'{len(both)} videos in both, such as {sorted(both)[:1]}',
            'no video in both', 'Give the two splits of Kinetics-400.')
    files = {
        Path(out) / f'minikinetics_{split.name}_list_{split.kind}.txt': [
            f'{video.entry} {labels[video.class_name]}\n'
            for video in split.videos if video.class_name in labels
        ]
        for split in splits
    }
    existing = [str(path) for path in files if path.exists()]
    require(force or not existing, 'output', f'existing {existing}',
            'files yet to be written', 'Give --force to replace them.',
            FileExistsError)
    _write_all(files)
    return {path: len(lines) for path, lines in files.items()}


@functools.lru_cache(maxsize=None)  # few names, hundreds of thousands of lines
def normalize(name: str) -> str:
    """Spelling in which two names of one class are equal.

    Case, quotes, and which of space, underscore and dash stands between
    words are left out.
    """
    return ' '.join(
        name.translate(NO_QUOTES).translate(TO_SPACE).casefold().split())


def read_names(path: PathLike) -> Dict[str, int]:
    """Normalised class names of a file, one on each line -> labels.

    Raises:
        ValueError: if a name is there twice.
    """
    names = [normalize(line) for line in _read_lines(path) if line.strip()]
    twice = [name for name, count in Counter(names).items() if count > 1]
    require(not twice, f'class names in {path}', f'{twice} more than once',
            'each name once', 'Remove the repetitions.')
    return {name: label for label, name in enumerate(names)}


def read_split(path: PathLike,
               name: str,
               known: Optional[Dict[str, int]] = None) -> Split:
    """Read annotations of Kinetics-400.

    Args:
        path: the file, in any of the three forms.
        name: ``'train'`` or ``'val'``.
        known: normalised names of all its classes -> labels, or None if its
            class folders tell the classes.

    Raises:
        ValueError: if a line is malformed, or there is none.
    """
    require_choice('name', name, SPLITS)
    lines = _read_lines(path)
    first = next((line for line in lines if line.strip()), '')
    require(first != '', str(path), 'an empty file', 'a line for each video',
            'Give the annotations of Kinetics-400.')
    if 'youtube_id' in first:
        return Split(name, 'videos', _read_csv(lines, path, name))
    kind = 'rawframes' if len(first.split()) == 3 else 'videos'
    names = None if known is None else list(known)
    videos = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f'{path}:{number}'
            entry, folder, label = _parse_line(line, where, kind)
            if names is not None:
                folder = _class_of(label, folder, names, known, where)
            require(folder != '', where, repr(line), LINES[kind],
                    'Without class folders give --label-map.')
            videos.append(Video(folder, entry))
    return Split(name, kind, videos)


def _read_lines(path: PathLike) -> List[str]:
    try:
        # utf-8-sig: files from Windows may start with a byte order mark.
        return Path(path).read_text(encoding='utf-8-sig').split('\n')
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f'file: got {str(path)!r}, which cannot be read ({error}), '
            'expected a text file in UTF-8. Look at the path.') from error


def _parse_line(line: str, where: str, kind: str):
    """Entry, normalised class folder ('' if none), label."""
    fields = line.split()
    numbers = fields[1:]
    require(
        len(fields) == (3 if kind == 'rawframes' else 2)
        and all(re.fullmatch('[0-9]+', number) for number in numbers)
        and (kind == 'videos' or int(numbers[0]) > 0), where, repr(line),
        LINES[kind], 'Repair the line. Paths must not hold spaces; the '
        "host's rename_classnames.sh makes them underscores.")
    folder = normalize(PurePosixPath(fields[0]).parent.name)
    return ' '.join(fields[:-1]), folder, int(numbers[-1])


def _class_of(label: int, folder: str, names: List[str],
              known: Dict[str, int], where: str) -> str:
    """Class of a label, checked against the folder if that is a class."""
    remedy = 'Give the label map of these very annotations.'
    require(label < len(names), where, f'label {label}',
            f'0..{len(names) - 1}, the labels of the label map', remedy)
    require(
        known.get(folder, label) == label, where,
        f'label {label} in folder {folder!r}',
        f'{names[label]!r}, which the label map has for {label}', remedy)
    return names[label]


def _read_csv(lines: List[str], path: PathLike, name: str) -> List[Video]:
    columns: Optional[List[str]] = None
    videos = []
    for number, line in enumerate(lines, 1):
        where = f'{path}:{number}'
        if not line.strip():
            continue
        fields = _parse_fields(line, where)
        if columns is None:
            columns = fields
            require(
                set(CSV_COLUMNS) <= set(columns), where, columns,
                f'at least the columns {CSV_COLUMNS}',
                'Give the official CSV file with its header.')
            continue
        require(
            len(fields) == len(columns), where, repr(line),
            f'{len(columns)} fields: {columns}', 'Repair the row.')
        row = dict(zip(columns, fields))
        require(row['split'] in SPLITS[name], where, f'split {row["split"]!r}',
                f'one of {SPLITS[name]}',
                'Give the files of training and validation in their places.')
        videos.append(_parse_row(row, where))
    return videos


def _parse_fields(line: str, where: str) -> List[str]:
    # Line by line: a stray quote must not swallow the lines that follow.
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ValueError(f'{where}: got {line!r} ({error}), expected a row of '
                         'a CSV file. Repair the row.') from error


def _parse_row(row: Dict[str, str], where: str) -> Video:
    """Row of the CSV file -> video, at the path that the host gives it."""
    label, youtube_id, start, end = (row[name] for name in CSV_COLUMNS[:4])
    require(
        normalize(label) != '' and re.fullmatch(r'[^\s/]+', youtube_id)
        and all(
            re.fullmatch(r'[0-9]+(\.[0-9]+)?', time)
            for time in (start, end)), where, list(row.values()),
        'a class, an identifier and two times in seconds', 'Repair the row.')
    folder = label.replace('"', '').replace(' ', '_')
    start_sec, end_sec = int(float(start)), int(float(end))
    return Video(
        normalize(label),
        f'{folder}/{youtube_id}_{start_sec:06d}_{end_sec:06d}.mp4')


def _require_videos(labels: Dict[str, int], splits: List[Split]) -> None:
    """One complaint about all classes that lack videos."""
    there = {
        split.name: {video.class_name
                     for video in split.videos}
        for split in splits
    }
    everywhere = sorted(set().union(*there.values()))
    complaints = []
    for name in labels:
        lacking = [split for split in there if name not in there[split]]
        if lacking:
            closest = difflib.get_close_matches(name, everywhere)
            complaints.append(f'{name!r} in {" and ".join(lacking)} '
                              f'(closest: {", ".join(closest) or "none"})')
    require(not complaints, 'classes', f'no videos of {"; ".join(complaints)}',
            'videos of each class in train and val',
            'Correct the names. Where folders are not named after classes, '
            'give --label-map.')


def _write_all(files: Dict[Path, List[str]]) -> None:
    """Write all files beside their places, then move them there."""
    parts = {
        path: path.with_name(f'.{path.name}.{os.getpid()}')
        for path in files
    }
    try:
        for path, part in parts.items():
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(''.join(files[path]), encoding='utf-8')
        for path, part in parts.items():
            os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
