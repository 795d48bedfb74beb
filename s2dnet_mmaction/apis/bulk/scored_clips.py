"""The rows that ``tools/score_clips.py`` wrote, one after another."""

from typing import Any, Dict, Iterator, Sequence

import numpy as np

from ..._checks import require
from ...datasets.result_parts import result_batches

COLUMNS = ('index', 'input', 'label', 'clip_starts', 'clip_scores',
           'clip_features')


def scored_clips(folder: str, columns: Sequence[str] = COLUMNS
                 ) -> Iterator[Dict[str, Any]]:
    """Rows of a folder; memory has only a few of them at a time.

    Args:
        folder: of ``tools/score_clips.py``, run on an annotation file.
        columns: to read.

    Yields:
        ``index``; ``input``, the path; ``label``, a list of classes;
        ``clip_starts`` (T,) int64; ``clip_scores`` (T, C) and
        ``clip_features`` (T, d) float32.

    Raises:
        FileNotFoundError, ValueError: see :func:`result_rows`.
    """
    for batch in result_batches(folder, columns, num_rows=8):
        for row in range(batch.num_rows):
            found = {name: _value(name, batch.column(name)[row])
                     for name in columns}
            for name, value in found.items():
                require(not isinstance(value, np.ndarray)
                        or np.isfinite(value).all(),
                        f'{name} of {found.get("input")} in {folder}',
                        'NaN or infinity', 'numbers',
                        'Score the clips without --amp.')
            yield found


def _value(name: str, cell: Any) -> Any:
    if name == 'label':
        label = cell.as_py()
        return label if isinstance(label, list) else [label]
    if name == 'clip_starts':
        return np.array(cell.values)
    if name.startswith('clip_'):  # copied: Arrow's memory is read-only
        flat = np.array(cell.values.flatten(), dtype=np.float32)
        return flat.reshape(len(cell.values), -1)
    return cell.as_py()
