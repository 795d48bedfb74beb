"""Annotation files of Kinetics-400 in three forms.

- videos: ``<class folder>/<file> <label>`` on each line;
- rawframes: ``<class folder>/<folder> <frames> <label>`` on each line;
- CSV, the official one, with at least the columns ``label, youtube_id,
  time_start, time_end, split``. Its videos get the paths that MMAction2's
  ``tools/data/kinetics`` gives them. It lists all videos, also those that
  are no longer available; lists made by MMAction2 hold those on disk.
"""

import csv
import functools
import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from ..._checks import require, require_choice

PathLike = Union[str, Path]
# Name of a split -> what the column "split" of its CSV file holds.
SPLITS = dict(train=('train', ), val=('val', 'validate', 'validation'))
CSV_COLUMNS = ('label', 'youtube_id', 'time_start', 'time_end', 'split')
# Form of a list -> its lines, for people and as a pattern (entry, label).
LINES = dict(
    videos=("'<class folder>/<file> <label>'", r'(\S+)\s+([0-9]+)'),
    rawframes=("'<class folder>/<folder> <frames> <label>'",
               r'(\S+\s+0*[1-9][0-9]*)\s+([0-9]+)'))
# Class names have any of these between words, folders have underscores.
TO_SPACE = str.maketrans('_-\u2010\u2013', '    ')
NO_QUOTES = str.maketrans('', '', '\'"`\u2018\u2019\u201c\u201d')


class Video(NamedTuple):
    """One line of an annotation file of Kinetics-400."""
    class_name: str  # normalised
    entry: str  # the line of a list without its label


class Split(NamedTuple):
    """An annotation file of Kinetics-400."""
    kind: str  # 'videos' or 'rawframes', what the entries are
    videos: List[Video]  # in the order of the file


@functools.lru_cache(maxsize=None)  # few names, hundreds of thousands of lines
def normalize(name: str) -> str:
    """Spelling that all names of one class share.

    Lower case, without quotes, with one space in place of underscores and
    dashes.
    """
    return ' '.join(
        name.translate(NO_QUOTES).translate(TO_SPACE).casefold().split())


def read_names(path: PathLike) -> Dict[str, int]:
    """Normalised class names of a file, one on each line -> labels.

    Raises:
        ValueError: if a name is there twice.
    """
    names = [normalize(line) for _, line in _read_lines(path)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    require(not twice, f'class names in {path}', f'{twice} more than once',
            'each name once', 'Remove the repetitions.')
    return {name: label for label, name in enumerate(names)}


def read_split(path: PathLike, name: str,
               known: Optional[Dict[str, int]] = None) -> Split:
    """Read annotations of Kinetics-400.

    Args:
        path: the file, in any of the three forms.
        name: ``'train'`` or ``'val'``.
        known: normalised names of all its classes -> labels, or None if its
            class folders name the classes.

    Raises:
        ValueError: if a line is malformed, or there is none.
    """
    require_choice('name', name, SPLITS)
    lines = _read_lines(path)
    require(lines, str(path), 'an empty file', 'a line for each video',
            'Give the annotations of Kinetics-400.')
    if 'youtube_id' in lines[0][1]:
        return Split('videos', _read_csv(lines, name))
    kind = 'rawframes' if len(lines[0][1].split()) == 3 else 'videos'
    names = list(known or ())
    videos = []
    for where, line in lines:
        entry, folder, label = _parse_line(line, where, kind)
        if known is not None:
            folder = _class_of(label, folder, names, known, where)
        require(folder != '', where, repr(line), LINES[kind][0],
                'Without class folders give --label-map.')
        videos.append(Video(folder, entry))
    return Split(kind, videos)


def _read_lines(path: PathLike) -> List[Tuple[str, str]]:
    """``<file>:<number>`` and text of the lines that are not blank."""
    try:
        # utf-8-sig: files from Windows may start with a byte order mark.
        lines = Path(path).read_text(encoding='utf-8-sig').split('\n')
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f'file: got {str(path)!r}, which cannot be read ({error}), '
            'expected a text file in UTF-8. Look at the path.') from error
    return [(f'{path}:{number}', line) for number, line in enumerate(lines, 1)
            if line.strip()]


def _parse_line(line: str, where: str, kind: str) -> Tuple[str, str, int]:
    """Entry, normalised class folder ('' if none), label."""
    expected, pattern = LINES[kind]
    match = re.fullmatch(pattern, line.strip())
    require(match is not None, where, repr(line), expected,
            'Repair the line. Paths must not hold spaces; '
            "MMAction2's rename_classnames.sh makes them underscores.")
    fields = match[1].split()
    folder = PurePosixPath(fields[0]).parent.name
    return ' '.join(fields), normalize(folder), int(match[2])


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


def _read_csv(lines: List[Tuple[str, str]], name: str) -> List[Video]:
    columns = _parse_fields(*lines[0])
    require(
        set(CSV_COLUMNS) <= set(columns), lines[0][0], columns,
        f'at least the columns {CSV_COLUMNS}',
        'Give the official CSV file with its header.')
    videos = []
    for where, line in lines[1:]:
        fields = _parse_fields(where, line)
        require(
            len(fields) == len(columns), where, repr(line),
            f'{len(columns)} fields: {columns}', 'Repair the row.')
        row = dict(zip(columns, fields))
        require(row['split'] in SPLITS[name], where, f'split {row["split"]!r}',
                f'one of {SPLITS[name]}',
                'Give the files of training and validation in their places.')
        videos.append(_parse_row(row, where))
    return videos


def _parse_fields(where: str, line: str) -> List[str]:
    # Line by line: after an unclosed quote, a reader of the whole file would
    # take the next lines for a part of this one.
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ValueError(f'{where}: got {line!r} ({error}), expected a row of '
                         'a CSV file. Repair the row.') from error


def _parse_row(row: Dict[str, str], where: str) -> Video:
    """Row of the CSV file -> video, at the path that MMAction2 gives it."""
    label, youtube_id, *times = (row[name] for name in CSV_COLUMNS[:4])
    require(
        normalize(label) != '' and re.fullmatch(r'[^\s/]+', youtube_id)
        and all(re.fullmatch(r'[0-9]+(\.[0-9]+)?', time) for time in times),
        where, list(row.values()),
        'a class, an identifier and two times in seconds', 'Repair the row.')
    folder = label.replace('"', '').replace(' ', '_')
    start, end = (f'{int(float(time)):06d}' for time in times)
    return Video(normalize(label), f'{folder}/{youtube_id}_{start}_{end}.mp4')
