"""Annotation files: a line for each clip."""

import io
from typing import Any, Callable, Dict, List, Tuple

from mmengine.fileio import get

from .._checks import require

_LIST = 'a text file with a line for each clip'


def read_lines(path: str) -> List[Tuple[int, str]]:
    """Read the lines of an annotation file that are not blank.

    A byte-order mark and the line ends of all systems are allowed.

    Returns:
        numbers of the lines, from 1, and their text.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not in UTF-8 or has only blank lines.
    """
    try:
        data = get(path)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise (FileNotFoundError if missing else OSError)(
            f'ann_file: got {path!r} ({error.strerror or error}), expected '
            f'{_LIST}. Set ann_file and data_root of the data set.'
        ) from error
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        raise ValueError(
            f'line {line} of {path}: got bytes that are not UTF-8, expected '
            f'{_LIST}. Save it as UTF-8.') from error
    lines = [(number, line.strip())
             for number, line in enumerate(io.StringIO(text, newline=None), 1)
             if line.strip()]
    require(lines, path, 'no lines', _LIST, 'Write the list again.')
    return lines


def split_line(where: str, line: str, first: str,
               columns: Dict[str, Callable[[str], Any]], delimiter: str,
               many: bool = False) -> Tuple[str, List[Any]]:
    """Split a line into the name of a file or folder and numbers.

    The name may contain the delimiter, but it must not end in a number
    behind a delimiter: a line with a number too many, such as that of
    another kind of data set, would pass.

    Args:
        where: number and file of the line, for messages.
        first: what the name is, such as ``'<file>'``.
        columns: names of the numbers behind it, and their types: ints, or
            some of them floats.
        delimiter: between the fields; ``' '``: any white space.
        many: whether the last number may be repeated.

    Returns:
        the name, and the numbers.

    Raises:
        ValueError: if fields are missing, left over, or no numbers.
    """
    expected = delimiter.join((first, *columns)) + (' ...' if many else '')
    separator = None if delimiter == ' ' else delimiter
    kinds = list(columns.values())
    loosest = float if float in kinds else int
    fields = line.split(separator)
    count = 0
    while count < len(fields) - 1 and _is(loosest, fields[-1 - count]):
        count += 1
    name, *texts = line.rsplit(separator, count)
    name = name.strip()
    kinds += kinds[-1:] * (count - len(kinds))
    require(
        name and count >= len(columns) and all(map(_is, kinds, texts)), where,
        repr(line), expected, f'Give numbers for {", ".join(columns)}, '
        'separated by '
        f'{"white space" if separator is None else repr(separator)}.')
    require(
        many or count == len(columns), where,
        f'{line!r} with {count} numbers', expected,
        'Is it the list of another kind of data set? Several labels need '
        f'multi_class=True. If {first} itself ends in a number, separate the '
        "fields by another character and set the data set's delimiter.")
    return name, [kind(text) for kind, text in zip(kinds, texts)]


def _is(kind: Callable[[str], Any], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
