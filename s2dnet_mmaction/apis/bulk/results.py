"""Results on disk, in parts that appear whole.

.. code-block:: text

    DIR/run.json              with which model, fields and format
    DIR/results/part-*.parquet (or .jsonl)  a row for each predicted video
    DIR/broken/part-*.jsonl   a row for each that could not be read, and why

A part is written beside its place and moved there, so that one that is there
is complete whenever a process or the machine ends. The rows since the last
part are lost then, and their videos are read again.
"""

import json
import os
import reprlib
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set

from ..._checks import require, require_choice, require_number

FORMATS = ('parquet', 'jsonl')


class ResultFolder:
    """The folder of a run, which later runs go on with.

    Args:
        folder: made if needed.
        columns: types of the results by name, see :class:`Field`.
        file_format: ``'parquet'`` (needs pyarrow) or ``'jsonl'``.

    Raises:
        ModuleNotFoundError: if pyarrow is missing.
        ValueError: if the format is unknown.
    """

    def __init__(self, folder: str, columns: Dict[str, str],
                 file_format: str = 'parquet') -> None:
        require_choice('format', file_format, FORMATS)
        if file_format == 'parquet':
            _require_pyarrow()
        self.folder = Path(folder)
        self.columns, self.file_format = columns, file_format
        self.results = self.folder / 'results'
        self.broken = self.folder / 'broken'
        for each in (self.results, self.broken):
            each.mkdir(parents=True, exist_ok=True)

    def open(self, record: Dict[str, Any],
             about: Optional[Dict[str, Any]] = None,
             retry_broken: bool = False) -> None:
        """Start, or go on with what a run with the same record wrote.

        No other process may write into the folder meanwhile.

        Args:
            record: what the results depend on, ready for JSON.
            about: more to note of the first run.
            retry_broken: whether to forget the broken videos.

        Raises:
            ValueError: if the folder holds results with another record.
        """
        record = json.loads(json.dumps(dict(
            record, format=self.file_format, columns=self.columns)))
        path = self.folder / 'run.json'
        if path.exists():
            _require_equal(path, json.loads(path.read_text()), record)
        else:
            require(not any(self.results.glob('part-*')), 'out',
                    f'{self.folder} with results but without run.json',
                    'both or none',
                    'Give another --out, or put run.json back.')
            _write_whole(path, json.dumps(
                dict(record, about=about or {}), indent=1) + '\n')
        for kind in (self.results, self.broken):
            for file in kind.glob('.*'):  # of a process that was killed
                file.unlink()
        if retry_broken:
            for file in self.broken.iterdir():
                file.unlink()

    def done(self) -> Set[str]:
        """Paths of the videos with a result, or known to be broken."""
        names = {row['input'] for row in self.broken_rows()}
        for file in self.parts():
            if self.file_format == 'parquet':
                import pyarrow.parquet as pq
                column = pq.read_table(file, columns=['input'])['input']
                names.update(column.to_pylist())
            else:
                names.update(row['input'] for row in _json_lines(file))
        return names

    def parts(self) -> List[Path]:
        """Files of results."""
        return sorted(self.results.glob(f'part-*.{self.file_format}'))

    def broken_rows(self) -> List[Dict[str, Any]]:
        """Videos that could not be read: index, input, reason."""
        return [row for file in sorted(self.broken.glob('part-*.jsonl'))
                for row in _json_lines(file)]


class PartWriter:
    """Writes rows of one process; use it as a context manager.

    Args:
        folder: of the run.
        name: of the process, such as its rank; two that write at the same
            time have different ones.
        every_sec: how often a part is written.
    """

    def __init__(self, folder: ResultFolder, name: str = '0',
                 every_sec: float = 30.0) -> None:
        require_number('save_every', every_sec, 0, 'Give seconds.')
        self.folder, self.every_sec = folder, every_sec
        # No part of an earlier run has this name.
        start = datetime.now(timezone.utc).strftime('%Y%m%dT%H%M%S%f')
        self._stem = f'part-{start}-{name}'
        self._number = 0
        self._rows: List[Dict[str, Any]] = []
        self._broken: List[Dict[str, Any]] = []
        self._written = time.monotonic()

    def __enter__(self) -> 'PartWriter':
        return self

    def __exit__(self, *_: Any) -> None:
        self.flush()

    def add(self, rows: Sequence[Dict[str, Any]] = (),
            broken: Sequence[Dict[str, Any]] = ()) -> None:
        """Keep rows with the columns of the folder, and broken videos."""
        self._rows += rows
        self._broken += broken
        if time.monotonic() - self._written >= self.every_sec:
            self.flush()

    def flush(self) -> None:
        """Write what was added since the last part."""
        stem = f'{self._stem}-{self._number:06d}'
        if self._broken:
            _write_whole(self.folder.broken / f'{stem}.jsonl',
                         _as_lines(self._broken))
        if self._rows:
            file = self.folder.results / f'{stem}.{self.folder.file_format}'
            if self.folder.file_format == 'parquet':
                _write_parquet(file, self._rows, self.folder.columns)
            else:
                _write_whole(file, _as_lines(self._rows))
        self._rows, self._broken = [], []
        self._number += 1
        self._written = time.monotonic()


def _require_equal(path: Path, known: Dict[str, Any],
                   record: Dict[str, Any]) -> None:
    """Raise ValueError at the first difference of two records."""
    known = dict(known, about=None)
    for name in {**known, **record}:
        got, own = known.get(name), record.get(name)
        if isinstance(own, dict) and isinstance(got, dict):
            got, own = (sorted(set(one.items()) - set(other.items()))
                        for one, other in ((got, own), (own, got)))
        require(got == own, f'{name} of {path}', reprlib.repr(got),
                f'{reprlib.repr(own)}, as of this run', 'Give another --out, '
                'or repeat the options of the run that began it.')


def _require_pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "format: got 'parquet' without pyarrow, expected pyarrow. Run "
            "pip install 's2dnet_mmaction[predict]', or take --format "
            'jsonl.') from error


def _as_lines(rows: Sequence[Dict[str, Any]]) -> str:
    return ''.join(json.dumps(row) + '\n' for row in rows)


def _json_lines(file: Path) -> Iterator[Dict[str, Any]]:
    with open(file, encoding='utf-8') as lines:
        yield from map(json.loads, lines)


def _arrow_type(kind: str) -> Any:
    """Type of a column, see :class:`Field`."""
    import pyarrow as pa
    if kind.startswith('list<'):
        return pa.list_(_arrow_type(kind[len('list<'):-1]))
    return dict(int=pa.int64(), float=pa.float32(), bool=pa.bool_(),
                text=pa.string())[kind]


def _write_parquet(file: Path, rows: Sequence[Dict[str, Any]],
                   columns: Dict[str, str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    # A schema, because a part may have no value of a column.
    schema = pa.schema([(name, _arrow_type(kind))
                        for name, kind in columns.items()])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    temporary = file.with_name(f'.{file.name}')
    pq.write_table(table, temporary, compression='zstd')
    _move(temporary, file)


def _write_whole(file: Path, text: str) -> None:
    temporary = file.with_name(f'.{file.name}')
    temporary.write_text(text, encoding='utf-8')
    _move(temporary, file)


def _move(temporary: Path, file: Path) -> None:
    """Move a file to its place, once its content is on the disk."""
    with open(temporary, 'rb') as written:
        os.fsync(written.fileno())
    os.replace(temporary, file)
