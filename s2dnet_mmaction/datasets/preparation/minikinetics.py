"""Mini-Kinetics: the videos of 200 of the classes of Kinetics-400.

Its annotation files are those of Kinetics-400 without the lines of other
classes, with labels 0..199.
"""

import difflib
import tempfile
from pathlib import Path
from typing import Dict, List, Optional

from ..._checks import require, require_int
from .kinetics_lists import PathLike, Split, read_names, read_split


def build_annotations(train: PathLike, val: PathLike, classes: PathLike,
                      out: PathLike, *, label_map: Optional[PathLike] = None,
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
            order of their labels, by which the labels of a list are read.
            None: the class folders of a list are its classes. CSV files name
            their classes themselves.
        num_classes: expected number of classes.
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
    splits = dict(train=read_split(train, 'train', known),
                  val=read_split(val, 'val', known))
    kinds = [split.kind for split in splits.values()]
    require(kinds[0] == kinds[1], f'{train} and {val}',
            f'lists of {kinds[0]} and of {kinds[1]}', 'two of one kind',
            'A config reads lists of one kind.')
    _require_videos(labels, splits)
    both = set.intersection(*({video.entry for video in split.videos}
                              for split in splits.values()))
    require(not both, f'{train} and {val}',
            f'{len(both)} videos in both, such as {sorted(both)[:1]}',
            'no video in both', 'Give the two splits of Kinetics-400.')
    files = {
        Path(out) / f'minikinetics_{name}_list_{split.kind}.txt': [
            f'{video.entry} {labels[video.class_name]}\n'
            for video in split.videos if video.class_name in labels
        ]
        for name, split in splits.items()
    }
    existing = [str(path) for path in files if path.exists()]
    require(force or not existing, 'output', f'existing {existing}',
            'files yet to be written', 'Give --force to replace them.',
            FileExistsError)
    _write_all(Path(out), files)
    return {path: len(lines) for path, lines in files.items()}


def _require_videos(labels: Dict[str, int], splits: Dict[str, Split]) -> None:
    """Raise one ValueError that names all classes without videos."""
    there = {name: {video.class_name for video in split.videos}
             for name, split in splits.items()}
    everywhere = sorted(set().union(*there.values()))
    lines = []
    for name in labels:
        lacking = [split for split in there if name not in there[split]]
        if lacking:
            closest = difflib.get_close_matches(name, everywhere)
            lines.append(f'{name!r} in {" and ".join(lacking)} '
                         f'(closest: {", ".join(closest) or "none"})')
    require(not lines, 'classes', f'no videos of {"; ".join(lines)}',
            'videos of each class in train and val',
            'Correct the names. Where folders are not named after classes, '
            'give --label-map.')


def _write_all(folder: Path, files: Dict[Path, List[str]]) -> None:
    """Write to a temporary folder, then move: all files or none."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        for path, lines in files.items():
            Path(unfinished, path.name).write_text(
                ''.join(lines), encoding='utf-8')
        for path in files:
            Path(unfinished, path.name).replace(path)
