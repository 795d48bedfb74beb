"""Distance of the sampled windows from the true place of the detail."""

import math
from typing import Any, Dict, List, Optional, Sequence

import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from torch import Tensor

from ..._checks import require
from ...functional.sampling.grid import Theta
from ...functional.sampling.statistics import AXES, correlation, video_centers

# centre, place and hit if all videos ended after the synopsis
_NOWHERE = ([math.nan] * 3, [math.nan] * 3, math.nan)


@METRICS.register_module()
class PlaceMetric(BaseMetric):
    """Learned centres against the true place of the detail.

    ``place/corr_t``, ``corr_y``, ``corr_x``: Pearson's correlation over the
    videos. It is 0 for a centre that does not vary, as of a frozen sampler,
    and NaN if a centre is not finite.
    ``place/error_t``, ``error_y``, ``error_x``: mean absolute difference,
    relative as centres are (2 is the whole video or frame).
    ``place/hit``: share of the videos whose window holds the true place: in
    time, the T_D strides around the centre; in space, the box of the grid
    frame nearest to the true time.

    In space, the centre of a video is the mean over its T_D frames. Of
    several views of a video the first one counts. Videos that ended after
    the synopsis do not count; all numbers are NaN if all did.

    Data samples need ``place`` in their metainfo: (t, y, x), relative in
    [-1, 1] as centres are, of the frames of the (first) view as the network
    gets them. ``PackActionInputs(meta_keys=(..., 'place'))`` passes it on.
    Predictions need ``sampling_grid``: ``model.test_cfg=dict(
    return_grid=True)``. List this metric after the accuracy metric:
    ``save_best='auto'`` takes the first number.

    Args: as mmengine's BaseMetric.

    Raises:
        ValueError: in an evaluation, if a sample lacks one of the two, or
            its place is out of range.
    """

    default_prefix = 'place'

    def process(self, data_batch: Sequence[Any],
                data_samples: Sequence[Dict]) -> None:
        """Keep centre, place and hit of each video of a batch."""
        for sample in data_samples:
            if sample.get('exited'):  # the detail net did not look at it
                self.results.append(None)  # MMEngine counts the videos
                continue
            require('sampling_grid' in sample, 'prediction',
                    'no sampling_grid', 'that of an S2DNet',
                    'Set model.test_cfg=dict(return_grid=True).')
            place = _place_of(sample)
            grid = {name: value[:1].cpu()
                    for name, value in sample['sampling_grid'].items()}
            theta = Theta(*(grid[name].double() for name in Theta._fields))
            self.results.append(
                (video_centers(theta)[0].tolist(), place.tolist(),
                 _is_hit(grid, theta, place)))

    def compute_metrics(
            self, results: List[Optional[tuple]]) -> Dict[str, float]:
        """Correlations, errors, hits over the videos that were looked at."""
        looked = [result for result in results if result is not None]
        centers, places, hits = (
            torch.tensor(column, dtype=torch.float64)
            for column in zip(*looked or [_NOWHERE]))  # (N, 3), (N, 3), (N,)
        numbers = dict(corr=correlation(centers, places),
                       error=(centers - places).abs().mean(0))
        return dict({
            f'{name}_{axis}': number for name, row in numbers.items()
            for axis, number in zip(AXES, row.tolist())
        }, hit=float(hits.mean()))


def _place_of(sample: Dict) -> Tensor:
    """(3,) float64 place of a data sample."""
    place = sample.get('place')
    require(
        place is not None, 'data sample', 'no place', 'metainfo place=(t, y, '
        'x)', "Let the pipeline set results['place'], and "
        "PackActionInputs(meta_keys=(..., 'place')) pass it on.")
    place = torch.as_tensor(place, dtype=torch.float64).flatten()
    require(
        place.shape == (3, ) and bool((place.abs() <= 1).all()), 'place',
        place.tolist(), '(t, y, x), each in [-1, 1]',
        'Give it relative to the frames: -1 the first, 1 the last sample.')
    return place


def _is_hit(grid: Dict[str, Tensor], theta: Theta, place: Tensor) -> bool:
    """Whether the window of one video (row 0) holds the place."""
    extent = torch.cat([grid['num_frames'], grid['frame_size'][0]])
    t, y, x = ((1 + place) * (extent - 1) / 2).tolist()  # in samples
    times = grid['frame_positions'][0].double()
    # As in space, the window reaches half a stride beyond its points.
    half = len(times) * float(theta.stride_t) / 2
    in_time = abs(t - float(times.mean())) <= half
    nearest = int((times - t).abs().argmin())
    x1, y1, x2, y2 = grid['boxes'][0, nearest].tolist()
    return in_time and x1 <= x <= x2 and y1 <= y <= y2
