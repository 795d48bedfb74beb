"""Prototypes of classes, and the guiding saliency of frames (NSNet)."""

import hashlib
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import Tensor

from ..._checks import require, require_choice
from ...functional.nonsaliency import closeness, guiding_feature
from ...functional.selection import unit_range
from .fields import lists
from .results import PartWriter, ResultFolder
from .scored_clips import scored_clips

_COLUMNS = dict(
    index='int', input='text', label=lists(1, 'int'),
    clip_starts=lists(1, 'int'), prototype=lists(1), response=lists(1))


class Prototypes(NamedTuple):
    """What the classes look like to the recognizer.

    Attributes:
        features: (C, d); 0 of a class without a prototype.
        counts: (C,) int64, videos that each is the mean of.
        num_videos: all videos, counted once for each of their classes.
    """
    features: Tensor
    counts: Tensor
    num_videos: int


def build_prototypes(clips: str, share: float = 0.3) -> Prototypes:
    """Average what the frames look like that show a class best.

    Of each video the :func:`guiding_feature`, then the mean of these of each
    class. Videos without a correct frame have none; ``counts`` and
    ``num_videos`` say how many. Sums are in double precision in the order of
    the list, so that it does not matter how many processes scored the clips.

    Args:
        clips: folder of ``tools/score_clips.py`` for the training videos.
        share: epsilon of the paper, 0.3.

    Raises:
        FileNotFoundError, ValueError: see :func:`scored_clips`.
    """
    found: List[Tuple[int, int, Tensor]] = []
    number, num_classes, channels = 0, 0, 0
    for row in scored_clips(clips):
        scores = torch.from_numpy(row['clip_scores'])
        features = torch.from_numpy(row['clip_features'])
        num_classes, channels = scores.size(1), features.size(1)
        for label in row['label']:
            number += 1
            feature = guiding_feature(features, scores, label, share)
            if feature is not None:
                found.append((row['index'], label, feature))
    sums = torch.zeros(num_classes, channels, dtype=torch.float64)
    counts = torch.zeros(num_classes, dtype=torch.int64)
    for _, label, feature in sorted(found, key=lambda each: each[:2]):
        sums[label] += feature
        counts[label] += 1
    means = sums / counts.clamp(min=1)[:, None]
    return Prototypes(means.float(), counts, number)


def write_guiding(clips: str, out: str, prototypes: Prototypes,
                  missing: str = 'error') -> int:
    """Write the guiding saliency of all clips; goes on where it was.

    A row has for each clip ``prototype``, its :func:`closeness` to the
    prototype of the true class, and ``response``, the recognizer's score of
    it; both are brought to 0 ... 1 within the video (ours). Of several
    classes the largest value counts (ours).

    Args:
        clips: folder of ``tools/score_clips.py``.
        out: folder to write, for :class:`LoadClipScores`.
        prototypes: of the training videos.
        missing: what videos get whose class has no prototype: ``'error'``,
            or ``'response'``.

    Returns:
        the number of videos that got their response.

    Raises:
        ValueError: if a class has no prototype, or ``out`` holds something
            else.
    """
    require_choice('missing', missing, ('error', 'response'))
    # All before anything is written
    replaced = [row['input'] for row in scored_clips(clips, ('input', 'label'))
                if not all(prototypes.counts[row['label']] > 0)]
    require(not replaced or missing == 'response', 'prototypes',
            f'none of the classes of {len(replaced)} videos, such as '
            f'{replaced[:3]}', 'one of each class', 'Train the recognizer '
            'further, or let these videos have its response '
            '(--missing response).')
    folder = ResultFolder(out, _COLUMNS)
    folder.open(dict(prototypes=_digest(prototypes.features), missing=missing),
                dict(clips=str(clips)))
    done = folder.done()
    with PartWriter(folder) as writer:
        for row in scored_clips(clips):
            if row['input'] not in done:
                writer.add([guiding_row(row, prototypes)])
    return len(replaced)


def guiding_row(row: Dict[str, Any],
                prototypes: Prototypes) -> Dict[str, Any]:
    """The guiding saliency of the clips of a video."""
    scores = torch.from_numpy(row['clip_scores'])
    features = torch.from_numpy(row['clip_features'])
    response = scores[:, row['label']].amax(1)
    close: Optional[Tensor] = None
    if all(prototypes.counts[row['label']] > 0):
        close = torch.stack([
            closeness(features, prototypes.features[label])
            for label in row['label']]).amax(0)
    response = unit_range(response)
    return dict(
        index=row['index'], input=row['input'], label=row['label'],
        clip_starts=row['clip_starts'].tolist(), response=response.tolist(),
        prototype=(response if close is None else unit_range(close)).tolist())


def save_prototypes(path: Path, prototypes: Prototypes) -> None:
    """Write ``features`` and ``counts`` as ``.npz``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, features=prototypes.features.numpy(),
             counts=prototypes.counts.numpy(),
             num_videos=prototypes.num_videos)


def load_prototypes(path: Path) -> Prototypes:
    """Read what :func:`save_prototypes` wrote."""
    with np.load(path) as file:
        return Prototypes(torch.from_numpy(file['features']),
                          torch.from_numpy(file['counts']),
                          int(file['num_videos']))


def _digest(features: Tensor) -> str:
    return hashlib.sha1(features.numpy().tobytes()).hexdigest()
