"""Where the sampler looks, in pictures of each validation."""

from typing import List, Optional, Sequence

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import Tensor

from ..._checks import require, require_int
from ...functional.sampling.grid import Theta, describe_grid
from ...models.recognizers import S2DNet
from ...visualization import sampling_figure, theta_figure
from .runner_access import bare_model
from .theta_record import (
    Seen,
    ThetaRecord,
    find_sampler,
    gather_videos,
    split_by_video,
)


@HOOKS.register_module()
class SamplingVisualizationHook(Hook):
    """Draw some videos with their windows, and theta of all of them.

    The visualizer gets, with the epoch as the step (of training that is not
    counted in epochs: the iteration),

    - ``sampling_video_<n>``: video n of the validation set, see
      :func:`~s2dnet_mmaction.visualization.sampling_figure`. The videos are
      evenly spread over those that the main process sees, the same in each
      epoch; of several views of a video the first is drawn;
    - ``sampling_theta``: the distribution of centres and strides over the
      whole set and all processes, see
      :func:`~s2dnet_mmaction.visualization.theta_figure`. Each view counts
      as a video. Where data samples carry the true place (``place`` in their
      metainfo, see :class:`PlaceMetric`), centres are drawn against it, of
      first views.

    Nothing of a video is kept but its theta.

    Args:
        interval: validations from one that is drawn to the next; the first
            is drawn.
        num_videos: how many videos; 0 for none.

    Raises:
        TypeError: if a number is no int.
        ValueError: if it is too small or the model is no S2DNet.
    """

    priority = 'NORMAL'

    def __init__(self, interval: int = 1, num_videos: int = 4) -> None:
        require_int('interval', interval)
        require_int('num_videos', num_videos, minimum=0)
        self.interval, self.num_videos = interval, num_videos
        self._validations = 0
        self._drawing = False
        self._record: Optional[ThetaRecord] = None

    def before_run(self, runner: Runner) -> None:
        """Start to note theta."""
        self._release()
        name, model = type(self).__name__, bare_model(runner)
        require(
            isinstance(model, S2DNet), 'model.type',
            type(model).__name__, 'S2DNet',
            f'Remove {name} from custom_hooks.')
        self._model = model
        self._record = ThetaRecord(find_sampler(runner, name))

    def after_run(self, runner: Runner) -> None:
        """Leave the model as it was."""
        self._release()

    def _release(self) -> None:
        # A run that ended with an error has not come to after_run.
        if self._record is not None:
            self._record.remove()
        self._record = None

    def before_val_epoch(self, runner: Runner) -> None:
        """Choose what to draw."""
        self._drawing = self._validations % self.interval == 0
        self._validations += 1
        self._videos: List[np.ndarray] = []  # theta and place of each
        # The host's sampler deals the videos out in turn.
        mine = -(-len(runner.val_dataloader.dataset) // get_world_size())
        count = min(self.num_videos, mine)
        self._chosen = {i * mine // count for i in range(count)}

    def after_val_iter(self,
                       runner: Runner,
                       batch_idx: int,
                       data_batch=None,
                       outputs: Optional[Sequence] = None) -> None:
        """Draw the chosen videos of this batch and note theta."""
        seen = self._record.take()
        if not self._drawing or seen is None:
            return
        rows = seen.pack()
        first, num_views = len(self._videos), len(rows) // len(outputs)
        places = rows.new_full((len(rows), 3), float('nan'))
        for n, sample in enumerate(outputs):
            if sample.metainfo.get('place') is not None:
                places[n * num_views] = torch.as_tensor(
                    sample.metainfo['place'])
        self._videos += split_by_video(
            torch.cat([rows, places], dim=1), len(outputs))
        if not is_main_process():
            return
        for n, sample in enumerate(outputs):
            if first + n in self._chosen:
                row = rows[n * num_views, None]
                self._draw(runner, (first + n) * get_world_size(),
                           _first_view(data_batch, n), Seen.unpack(row),
                           sample)

    def _draw(self, runner: Runner, index: int, frames: Tensor, seen: Seen,
              sample) -> None:
        """Draw one video, of (T, C, H, W) frames that may be padded."""
        sampler, lengths = self._model.neck, seen.lengths.long()
        frames = frames[:int(lengths)]
        grid = describe_grid(seen.theta, lengths, sampler.size,
                             tuple(frames.shape[-2:]))
        title = f'validation video {index}'
        if 'gt_label' in sample and 'pred_label' in sample:
            title += (f': class {_text(sample.gt_label)}, '
                      f'answer {_text(sample.pred_label)}')
        figure = sampling_figure(
            frames, {name: value[0]
                     for name, value in grid.items()},
            sampler.size,
            self._model.snet.num_frames,
            temporal=sampler.temporal,
            spatial=sampler.spatial,
            var=sampler.var,
            title=title)
        # No '/' in the name: the local backend would look for a folder.
        runner.visualizer.add_image(f'sampling_video_{index:05d}',
                                    _pixels(figure), _step(runner))

    def after_val_epoch(self, runner: Runner, metrics=None) -> None:
        """Draw theta of the whole set."""
        if not self._drawing:
            return
        rows = gather_videos(self._videos, len(runner.val_dataloader.dataset))
        if rows is None:  # not the main process, which draws
            return
        theta: Theta = Seen.unpack(rows[:, :-3]).theta
        places = rows[:, -3:]
        known = bool(places.isfinite().any())
        figure = theta_figure(
            theta,
            places if known else None,
            title=f'theta of {len(rows)} validation videos')
        runner.visualizer.add_image('sampling_theta', _pixels(figure),
                                    _step(runner))


def _first_view(data_batch: dict, n: int) -> Tensor:
    """(T, C, H, W) frames of video n, of a stacked batch or of a list."""
    source = data_batch['data_samples'][n].metainfo.get('frame_source')
    views = data_batch['inputs'][n]  # (V, C, T, H, W)
    if source is not None:  # these are the synopsis frames alone
        views = source.read(range(source.num_frames))
    return views[0].transpose(0, 1)


def _text(labels: Tensor) -> str:
    return ' '.join(map(str, labels.flatten().tolist()))


def _pixels(figure) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a matplotlib figure."""
    figure.canvas.draw()
    return np.ascontiguousarray(
        np.asarray(figure.canvas.buffer_rgba())[..., :3])


def _step(runner: Runner) -> int:
    # runner.epoch would build the loop (and its data) for validation alone.
    loop = runner._train_loop
    if loop is None or isinstance(loop, dict):
        return 0
    return loop.epoch if isinstance(loop, EpochBasedTrainLoop) else loop.iter
