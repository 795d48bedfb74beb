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
        num_videos: all videos.
        num_without: those without a correct frame for any of their classes.
    """
    features: Tensor
    counts: Tensor
    num_videos: int
    num_without: int


def build_prototypes(clips: str, share: float = 0.3) -> Prototypes:
    """Average what the frames look like that show a class best.

    Of each video the :func:`guiding_feature`, then the mean of these of each
    class. Videos without a correct frame have none. Sums are in double
    precision in the order of the list, so that it does not matter how many
    processes scored the clips.

    Args:
        clips: folder of ``tools/score_clips.py`` for the training videos.
        share: epsilon of the paper, 0.3.

    Raises:
        FileNotFoundError, ValueError: see :func:`scored_clips`.
    """
    found: List[Tuple[int, int, Tensor]] = []
    number, without, num_classes, channels = 0, 0, 0, 0
    for row in scored_clips(clips):
        scores = torch.from_numpy(row['clip_scores'])
        features = torch.from_numpy(row['clip_features'])
        num_classes, channels = scores.size(1), features.size(1)
        guiding = {label: guiding_feature(features, scores, label, share)
                   for label in row['label']}
        number += 1
        without += all(feature is None for feature in guiding.values())
        found += [(row['index'], label, feature)
                  for label, feature in guiding.items()
                  if feature is not None]
    sums = torch.zeros(num_classes, channels, dtype=torch.float64)
    counts = torch.zeros(num_classes, dtype=torch.int64)
    for _, label, feature in sorted(found, key=lambda each: each[:2]):
        sums[label] += feature
        counts[label] += 1
    means = sums / counts.clamp(min=1)[:, None]
    return Prototypes(means.float(), counts, number, without)


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
    lacking = set((prototypes.counts == 0).nonzero()[:, 0].tolist())
    replaced = [row['label'] for row in scored_clips(clips, ('label', ))
                if lacking & set(row['label'])]
    classes = sorted(lacking & {label for row in replaced for label in row})
    require(not replaced or missing == 'response', 'prototypes',
            f'none of the classes {classes[:10]}, which {len(replaced)} '
            'videos have', 'one of each class', 'Train the recognizer '
            'further, or let these videos have its response '
            '(--missing response).')
    folder = ResultFolder(out, _COLUMNS)
    folder.open(dict(
        prototypes=_digest(prototypes.features.numpy().tobytes()),
        clips=_digest(Path(clips, 'run.json').read_bytes()),
        missing=missing), dict(clips=str(clips)))
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
    response = _within_video(response)
    close = response if close is None else _within_video(close)
    return dict(
        index=row['index'], input=row['input'], label=row['label'],
        clip_starts=row['clip_starts'].tolist(), response=response.tolist(),
        prototype=close.tolist())


def _within_video(saliency: Tensor) -> Tensor:
    """0 ... 1; 1 for all clips where there is no difference."""
    if saliency.min() == saliency.max():
        return torch.ones_like(saliency)
    return unit_range(saliency)


def save_prototypes(path: Path, prototypes: Prototypes) -> None:
    """Write ``features`` and ``counts`` as ``.npz``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, features=prototypes.features.numpy(),
             counts=prototypes.counts.numpy(),
             num_videos=prototypes.num_videos,
             num_without=prototypes.num_without)


def load_prototypes(path: Path) -> Prototypes:
    """Read what :func:`save_prototypes` wrote."""
    with np.load(path) as file:
        return Prototypes(torch.from_numpy(file['features']),
                          torch.from_numpy(file['counts']),
                          int(file['num_videos']),
                          int(file['num_without']))


def _digest(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
