"""What a study is made of: runs, rows of tables, and their checks."""

import dataclasses
import sys
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .._checks import require, require_choice, require_int


@dataclasses.dataclass(frozen=True)
class Run:
    """A training, once per seed.

    Attributes:
        name: also of its folder.
        config: path relative to the study's root.
        options: settings over the config's, by dotted key.
        needs: the run whose last checkpoint this one starts from.
        checkpoint_option: dotted key that gets the path of this checkpoint.
        seeds: only seeds below this number are trained; a run that needs
            this one at seed k gets seed k % seeds. None: all seeds.
    """
    name: str
    config: str
    options: Dict[str, Any] = dataclasses.field(default_factory=dict)
    needs: Optional[str] = None
    checkpoint_option: str = 'load_from'
    seeds: Optional[int] = None


@dataclasses.dataclass(frozen=True)
class Row:
    """A run as tables show it.

    Attributes:
        run: name of a run.
        label: text of the row.
        tables: names of the tables that have it.
        seeds: only seeds below this number are shown. None: those of the
            run.
        reference: name of a run that a row shows, or label of a row, to
            compare with. None: no comparison.
        may_fail: name of the error that the run may end with, which the
            table then shows, e.g. ``'FloatingPointError'``. None: it has to
            end well.
        must_fail: name of the error that it has to end with.
    """
    run: str
    label: str
    tables: Sequence[str]
    seeds: Optional[int] = None
    reference: Optional[str] = None
    may_fail: Optional[str] = None
    must_fail: Optional[str] = None


@dataclasses.dataclass(frozen=True, order=True)
class Node:
    """A run with one seed."""
    run: str
    seed: int

    def __str__(self) -> str:
        return f'{self.run} seed {self.seed}'


def check_errors(name: str, row: Row) -> None:
    """Raise unless the errors of a row are names of errors."""
    for key in ('may_fail', 'must_fail'):
        error = getattr(row, key)
        require(
            error is None or isinstance(error, str) and error.isidentifier(),
            f'{name}.{key}', repr(error), 'the name of an error, or None',
            f"For example {key}='FloatingPointError'.")


def names_of(row: Row) -> Tuple[str, ...]:
    """What a row can be chosen by."""
    return (row.run, row.label, *row.tables)


def filled(kind, name: str, keys: Mapping):
    """Build a dataclass; complain about keys in words of the study."""
    fields = dataclasses.fields(kind)
    for key in keys:
        require_choice(f'key of {name}', key, [f.name for f in fields])
    for field in fields:
        needed = (field.default is dataclasses.MISSING
                  and field.default_factory is dataclasses.MISSING)
        require(not needed or field.name in keys, name,
                f'no {field.name}', f'{field.name}=...', 'Add it.')
    return kind(**keys)


def prepared(step: Mapping) -> Tuple[List[str], str]:
    """Command and path of one step of preparation, checked."""
    require(
        set(step) == {'command', 'creates'}
        and not isinstance(step['command'], str), 'prepare', dict(step),
        'dict(command=[...], creates=path)',
        'The command is a list of its arguments: no shell reads it.')
    command = [str(argument) for argument in step['command']]
    if command[0] == 'python':
        command[0] = sys.executable
    return command, step['creates']


def check_limit(name: str, limit: Optional[int]) -> None:
    """Raise unless a number of seeds is None or positive."""
    if limit is not None:
        require_int(name, limit, minimum=1)


def check_unique(name: str, values: Sequence) -> None:
    """Raise ValueError if a value occurs twice."""
    twice = [value for value in dict.fromkeys(values)
             if values.count(value) > 1]
    require(not twice, name, f'{twice} more than once', 'each once',
            'Tell them apart, or leave one out.')
