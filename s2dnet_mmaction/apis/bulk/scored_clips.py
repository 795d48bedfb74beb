"""The rows that ``tools/score_clips.py`` wrote, one after another."""

from pathlib import Path
from typing import Any, Dict, Iterator, List

import numpy as np

from ..._checks import require

COLUMNS = ('index', 'input', 'label', 'clip_starts', 'clip_scores',
           'clip_features')


def scored_clips(folder: str,
                 columns: tuple = COLUMNS) -> Iterator[Dict[str, Any]]:
    """Rows of a folder; memory has only a few of them at a time.

    Args:
        folder: of ``tools/score_clips.py``, run on an annotation file.
        columns: to read.

    Yields:
        ``index``; ``input``, the path; ``label``, a list of classes;
        ``clip_starts`` (T,) int64; ``clip_scores`` (T, C) and
        ``clip_features`` (T, d) float32.

    Raises:
        FileNotFoundError: if there are no results.
        ValueError: if a column is missing.
    """
    import pyarrow.parquet as pq
    files = sorted(Path(folder, 'results').glob('part-*.parquet'))
    if not files:
        raise FileNotFoundError(
            f'folder: got {folder} without results/part-*.parquet, expected '
            'those of tools/score_clips.py. Check the path.')
    for file in files:
        parquet = pq.ParquetFile(file)
        lacking = set(columns) - set(parquet.schema_arrow.names)
        require(not lacking, f'columns of {file}', f'no {sorted(lacking)}',
                f'{list(columns)}', 'Score the clips of an annotation file '
                'with tools/score_clips.py.')
        for batch in parquet.iter_batches(8, columns=list(columns)):
            for row in range(batch.num_rows):
                yield {name: _value(name, batch.column(name)[row])
                       for name in columns}


def _value(name: str, cell: Any) -> Any:
    if name == 'label':
        label = cell.as_py()
        return label if isinstance(label, list) else [label]
    if name == 'clip_starts':
        return np.asarray(cell.values)
    if name.startswith('clip_'):
        flat = np.asarray(cell.values.flatten(), dtype=np.float32)
        return flat.reshape(len(cell.values), -1)
    return cell.as_py()


def require_names_once(names: List[str], folder: str) -> None:
    """Raise ValueError if two videos have one name."""
    twice = len(names) - len(set(names))
    require(not twice, f'names of videos in {folder}', f'{twice} twice',
            'each once', 'Rename the files.')
