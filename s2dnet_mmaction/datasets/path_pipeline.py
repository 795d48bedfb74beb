"""Pipelines of a config, with a path in place of an annotation."""

import copy
from typing import List, Sequence

from .array_pipeline import kinds_of


def reads_raw_frames(steps: Sequence[dict]) -> bool:
    """Whether a pipeline reads folders of images."""
    return any(kind.startswith('Raw') for kind in kinds_of(steps))


def from_path(dataset: dict) -> List[dict]:
    """The pipeline of a data set's config, called with a path.

    The path is that of a video file, or of a folder of raw frames.
    """
    steps = copy.deepcopy(dataset['pipeline'])
    pack = dict(type='InferencerPackInput', input_format='video')
    if reads_raw_frames(steps):
        pack.update(input_format='rawframes', **{
            name: dataset[name] for name in
            ('filename_tmpl', 'start_index') if name in dataset})
    return [pack, *steps]
