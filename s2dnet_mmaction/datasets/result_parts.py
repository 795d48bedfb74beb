"""Rows of the results that the tools for many videos wrote."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Sequence

from .._checks import require

if TYPE_CHECKING:
    import pyarrow as pa


def result_rows(folder: str, columns: Sequence[str] = (),
                also: Callable[[str], bool] = lambda name: False
                ) -> Iterator[Dict[str, Any]]:
    """Rows as dicts of Python's numbers and lists.

    Args:
        folder: what ``tools/predict.py``, ``tools/score_clips.py`` or
            ``tools/build_prototypes.py`` wrote.
        columns: to read.
        also: which other columns, by their names.

    Raises:
        FileNotFoundError: if there are no results.
        ValueError: if a column is missing.
    """
    for batch in result_batches(folder, columns, also):
        yield from batch.to_pylist()


def result_batches(folder: str, columns: Sequence[str] = (),
                   also: Callable[[str], bool] = lambda name: False,
                   num_rows: int = 64) -> 'Iterator[pa.RecordBatch]':
    """The same as tables of some rows, of which memory has one at a time."""
    import pyarrow.parquet as pq
    files = sorted(Path(folder, 'results').glob('part-*.parquet'))
    if not files:
        raise FileNotFoundError(
            f'folder: got {folder} without results/part-*.parquet, expected '
            'those of tools/score_clips.py, predict.py or '
            'build_prototypes.py. Check the path.')
    for file in files:
        parquet = pq.ParquetFile(file)
        known = parquet.schema_arrow.names
        lacking = sorted(set(columns) - set(known))
        require(not lacking, f'columns of {file}', f'no {lacking}',
                f'{list(columns)}', 'Run the tool that writes them, on an '
                'annotation file, which has the labels.')
        yield from parquet.iter_batches(
            num_rows, columns=[*columns, *(
                name for name in known
                if also(name) and name not in columns)])
