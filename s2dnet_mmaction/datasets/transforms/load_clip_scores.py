"""The recognizer's scores of the candidates, to train samplers with."""

from functools import lru_cache
from pathlib import PurePath
from typing import Dict, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..._checks import require, require_choice
from ..decoding.known_candidates import positions_of
from ..decoding.video_source import name_of
from ..result_parts import result_rows

COLUMNS = ('clip_true_scores', 'prototype', 'response')
# Of each video the first frames of its clips, and their scores
Table = Dict[str, Tuple[np.ndarray, np.ndarray]]


@TRANSFORMS.register_module()
class LoadClipScores(BaseTransform):
    """Add how sure the recognizer is of the true class of each candidate.

    Required keys: ``candidates`` of :class:`SampleCandidates`,
    ``start_index``, ``filename`` or ``frame_dir``.
    Added key: ``true_scores``, (L,) float32.

    Args:
        folder: what ``tools/score_clips.py`` wrote for an annotation file.
        by: how videos are found in it. ``'name'``: by the name of the file
            or folder; ``'path'``: by its whole path.
        column: the scores: ``'clip_true_scores'``, or ``'prototype'`` or
            ``'response'``, the guiding saliency that
            ``tools/build_prototypes.py`` wrote into the folder (NSNet).

    Raises:
        FileNotFoundError: if there are no results in the folder.
        ValueError: if they lack a column, a video, or a candidate; or two
            videos have the same name.
    """

    def __init__(self, folder: str, by: str = 'name',
                 column: str = 'clip_true_scores') -> None:
        require_choice('by', by, ('name', 'path'))
        require_choice('column', column, COLUMNS)
        self.folder, self.by, self.column = folder, by, column

    def transform(self, results: dict) -> dict:
        """Look the scores up."""
        video = name_of(results)
        video = PurePath(video).name if self.by == 'name' else video
        table = _read(self.folder, self.by, self.column)
        require(video in table, 'video', repr(video),
                f'one of the {len(table)} in {self.folder}',
                'Score the whole data set with tools/score_clips.py.')
        starts, scores = table[video]
        at = positions_of(results['candidates'], results['start_index'],
                          starts, video)
        results['true_scores'] = scores[at]
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(folder={self.folder!r}, '
                f'by={self.by!r}, column={self.column!r})')


@lru_cache(maxsize=4)  # data sets for training and testing, in each worker
def _read(folder: str, by: str, column: str) -> Table:
    """Read the score of each clip."""
    table: Table = {}
    for row in result_rows(folder, ('input', 'clip_starts', column)):
        name = row['input']
        name = PurePath(name).name if by == 'name' else name
        require(name not in table, f'videos of {folder}', f'{name!r} twice',
                'each name once', "Set by='path'.")
        require(row[column] is not None, f'{name} in {folder}', 'no label',
                'one label of each video', 'Score the clips of an '
                'annotation file with single labels, or build prototypes.')
        table[name] = (np.array(row['clip_starts']),
                       np.array(row[column], np.float32))
    return table
