"""Whether the picked clips are those of the event."""

import json
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..._checks import require


@METRICS.register_module()
class PickMetric(BaseMetric):
    """Picked clips that overlap an event of a known time.

    ``picks/in_event``: share of the picked clips in which an event is;
    ``picks/chance``: share of all clips, which picking by chance gives;
    ``picks/found``: share of the videos with a picked clip in an event.
    For each ``kind`` of video in the file also ``picks/found_<kind>``.

    Predictions need ``picks`` and ``times``: ``model.test_cfg=dict(
    return_saliency=True)`` of a :class:`SampledRecognizer`.

    Args:
        events: JSON file: for each video, by the name of its file, ``events``
            as a list of [start, end] in seconds, and ``kind``, as
            ``write_haystack.py`` writes it.
        others: as mmengine's BaseMetric.

    Raises:
        ValueError: if a prediction lacks a field, or the file a video.
    """

    default_prefix = 'picks'

    def __init__(self, events: str, **others: Any) -> None:
        super().__init__(**others)
        self.path = events
        with open(events, encoding='utf-8') as file:
            self.events: Dict[str, dict] = json.load(file)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Compare the picks of each video with its events."""
        for sample in data_samples:
            require(sample.get('times') is not None, 'prediction',
                    'no picks with times', 'those of a SampledRecognizer on '
                    'video files',
                    'Set model.test_cfg=dict(return_saliency=True).')
            video = sample.get('video_id')
            require(video in self.events, 'video_id', repr(video),
                    f'one of the {len(self.events)} in {self.path}',
                    'Give the file of this data set.')
            entry = self.events[video]
            start, end = np.asarray(sample['times']).T[..., None]
            spans = np.reshape(entry['events'], (-1, 2))
            is_event = ((start < spans[:, 1]) & (spans[:, 0] < end)).any(1)
            picked = is_event[np.asarray(sample['picks'])]
            self.results.append((entry.get('kind'), float(picked.mean()),
                                 float(is_event.mean()), picked.any()))

    def compute_metrics(self, results: List[Tuple]) -> Dict[str, float]:
        """Means over the videos."""
        kinds, in_event, chance, found = zip(*results)
        metrics = dict(in_event=float(np.mean(in_event)),
                       chance=float(np.mean(chance)),
                       found=float(np.mean(found)))
        for kind in sorted({kind for kind in kinds if kind is not None}):
            of_kind = [one for one, other in zip(found, kinds)
                       if other == kind]
            metrics[f'found_{kind}'] = float(np.mean(of_kind))
        return metrics
