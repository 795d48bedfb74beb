"""Share of annotated boxes that lies in the sampled windows."""

import csv
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..._checks import require

# both shares if all videos ended after the synopsis
_NOWHERE = np.full(2, np.nan)
_COLUMNS = ('frame', 'x1', 'y1', 'x2', 'y2')


@METRICS.register_module()
class BoxCoverageMetric(BaseMetric):
    """Annotated boxes, for example of a person, against the windows.

    ``box/center``: share of the sampled frames whose window holds the
    centre of the box; ``box/area``: mean share of the box's area that lies
    in the window. Each is the mean over the T_D frames, then over the
    videos. Of several views of a video the first one counts. Videos that
    ended after the synopsis do not count; both are NaN if all did.

    At the time of a sampled frame the box is interpolated linearly between
    the annotated frames; before the first and after the last of them it is
    theirs.

    Data samples need ``filename`` in their metainfo
    (``PackActionInputs(meta_keys=(..., 'filename'))``) and predictions
    ``sampling_grid`` (``model.test_cfg=dict(return_grid=True)``). The
    network must get all frames of the file, whole: transforms that drop
    frames, crop or flip do not adapt the boxes. List this metric after the
    accuracy metric: ``save_best='auto'`` takes the first number.

    Args:
        ann_file: CSV file with columns ``file`` (relative to the folder of
            the CSV file), ``frame`` (index, may be between two frames),
            ``x1``, ``y1``, ``x2``, ``y2`` (edges in pixels; the centre of
            the first pixel is 0). It is read in the first evaluation.
        kwargs: those of mmengine's BaseMetric.

    Raises:
        OSError: in an evaluation, if the file cannot be read.
        ValueError: in an evaluation, if the file has other columns, or a
            sample lacks what it needs, or has no box.
    """

    default_prefix = 'box'

    def __init__(self, ann_file: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ann_file = ann_file
        self._boxes: Dict[Path, np.ndarray] = {}  # (n, 5) by file

    def process(self, data_batch: Sequence[Any],
                data_samples: Sequence[Dict]) -> None:
        """Keep both shares of each video of a batch."""
        self._boxes = self._boxes or _read(self.ann_file)
        for sample in data_samples:
            if sample.get('exited'):  # the detail net did not look at it
                self.results.append(None)  # MMEngine counts the videos
                continue
            require('sampling_grid' in sample, 'prediction',
                    'no sampling_grid', 'that of an S2DNet',
                    'Set model.test_cfg=dict(return_grid=True).')
            require('filename' in sample, 'data sample', 'no filename',
                    'metainfo with filename',
                    "Add PackActionInputs(meta_keys=(..., 'filename')).")
            boxes = self._boxes.get(Path(sample['filename']))
            require(boxes is not None, 'boxes', f'none of '
                    f'{sample["filename"]} in {self.ann_file}',
                    'at least one', 'Annotate it, or correct ann_file.')
            grid = sample['sampling_grid']
            self.results.append(coverage(
                boxes, grid['frame_positions'][0].double().numpy(),
                grid['boxes'][0].double().numpy()))

    def compute_metrics(
            self, results: List[Optional[np.ndarray]]) -> Dict[str, float]:
        """Means over all videos that were looked at."""
        looked = [result for result in results if result is not None]
        center, area = np.mean(looked or [_NOWHERE], axis=0).tolist()
        return dict(center=center, area=area)


def coverage(boxes: np.ndarray, times: np.ndarray,
             windows: np.ndarray) -> np.ndarray:
    """Share of centres, and mean share of the area, in the windows.

    Args:
        boxes: (n, 5) frame, x1, y1, x2, y2, in the order of the frames.
        times: (T,) of the windows, in frames.
        windows: (T, 4) x1, y1, x2, y2.

    Returns:
        (2,) numbers in [0, 1].
    """
    x1, y1, x2, y2 = (np.interp(times, boxes[:, 0], edge)
                      for edge in boxes[:, 1:].T)
    left, top, right, bottom = windows.T
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    width = (np.minimum(x2, right) - np.maximum(x1, left)).clip(min=0)
    height = (np.minimum(y2, bottom) - np.maximum(y1, top)).clip(min=0)
    area = width * height / ((x2 - x1) * (y2 - y1))
    return np.array([inside.mean(), area.mean()])


def _read(ann_file: str) -> Dict[Path, np.ndarray]:
    """Boxes by path, in the order of their frames."""
    boxes: Dict[Path, List[List[float]]] = {}
    with open(ann_file, newline='') as file:
        reader = csv.DictReader(file)
        found = list(reader.fieldnames or ())
        require({'file', *_COLUMNS} <= set(found), ann_file, found,
                f'the columns {["file", *_COLUMNS]}', 'Correct its head.')
        for row in reader:
            box = [float(row[name]) for name in _COLUMNS]
            require(box[1] < box[3] and box[2] < box[4],
                    f'line {reader.line_num} of {ann_file}', box[1:],
                    'x1 < x2 and y1 < y2', 'Remove or correct the box.')
            boxes.setdefault(
                Path(ann_file).parent / row['file'], []).append(box)
    return {path: np.array(sorted(rows)) for path, rows in boxes.items()}
