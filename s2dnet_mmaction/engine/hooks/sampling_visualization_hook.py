"""Pictures of where the sampler looks, at each validation."""

from pathlib import Path
from typing import Dict, List, Optional, Sequence

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from mmaction.registry import HOOKS
from mmaction.structures import ActionDataSample
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, Runner
from torch import Tensor

from ..._checks import require, require_choice, require_int
from ...models.recognizers import S2DNet
from ...visualization import raw_views, sampling_figure, theta_figure
from ...visualization.draw import FORMATS, WRITERS, with_timing
from ...visualization.seen import seen_by
from ...visualization.tensorboard_movie import add_movie
from .runner_access import bare_model, refuse_exit
from .theta_record import (
    RecordedTheta,
    ThetaRecord,
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
      evenly spread over those of the main process, the same in each epoch;
      of several views of a video the first is drawn;
    - ``sampling_theta``: the distribution of centres and strides over the
      whole set and all processes, see
      :func:`~s2dnet_mmaction.visualization.theta_figure`. Each view counts
      as a video. Where data samples carry the true place (``place`` in their
      metainfo, see :class:`PlaceMetric`), centres are plotted against it
      (first view only).

    Args:
        interval: draw every so many validations, beginning with the first.
        num_videos: how many videos; 0 for none.
        formats: of the videos. ``'png'``: the picture, for the visualizer;
            ``'mp4'``, ``'html'``: files ``sampling_video_<n>_<step>`` in
            ``vis_data`` of the run, see
            :func:`~s2dnet_mmaction.visualization.draw.draw`; with ``'mp4'``
            TensorBoard gets the movie, too.

    Raises:
        TypeError: if a number is no int.
        ValueError: if it is too small, a format is unknown or the model is no
            S2DNet.
    """

    def __init__(self, interval: int = 1, num_videos: int = 4,
                 formats: Sequence[str] = ('png', )) -> None:
        require_int('interval', interval)
        require_int('num_videos', num_videos, minimum=0)
        for name in formats:
            require_choice('formats', name, FORMATS)
        self.interval, self.num_videos = interval, num_videos
        self.formats = formats
        self._validations = 0
        self._drawing = False
        self._record: Optional[ThetaRecord] = None

    def before_run(self, runner: Runner) -> None:
        """Start to record theta."""
        self.after_run(runner)  # in case the last one ended with an error
        model = bare_model(runner)
        require(
            isinstance(model, S2DNet), 'model.type',
            type(model).__name__, 'S2DNet',
            'Remove SamplingVisualizationHook from custom_hooks.')
        self._record = ThetaRecord(model.neck)

    def after_run(self, runner: Runner) -> None:
        """Leave the model as it was."""
        if self._record is not None:
            self._record.remove()
        self._record = None

    def before_val_epoch(self, runner: Runner) -> None:
        """Choose what to draw."""
        refuse_exit(runner)
        self._drawing = self._validations % self.interval == 0
        self._validations += 1
        self._videos: List[np.ndarray] = []  # theta and place of each
        # DefaultSampler distributes the videos over the processes in turn.
        mine = -(-len(runner.val_dataloader.dataset) // get_world_size())
        count = min(self.num_videos, mine)
        self._chosen = {i * mine // count for i in range(count)}

    def after_val_iter(self, runner, batch_idx, data_batch=None,
                       outputs: Optional[Sequence] = None) -> None:
        """Draw the chosen videos of this batch and keep theta."""
        recorded = self._record.take()
        if not self._drawing or recorded is None:
            return
        rows = recorded.pack()
        first, num_views = len(self._videos), len(rows) // len(outputs)
        places = rows.new_full((len(rows), 3), float('nan'))
        for n, sample in enumerate(outputs):
            place = sample.metainfo.get('place')
            if place is not None:
                places[n * num_views] = torch.as_tensor(place)
        self._videos += split_by_video(
            torch.cat([rows, places], dim=1), len(outputs))
        if not is_main_process():
            return
        for n, sample in enumerate(outputs):
            if first + n in self._chosen:
                views = raw_views(bare_model(runner),
                                  data_batch['inputs'][n],
                                  data_batch['data_samples'][n])
                grid = recorded.grid(n * num_views,
                                     bare_model(runner).neck.size)
                self._draw_video(
                    runner, (first + n) * get_world_size(),
                    views[0, :, :int(grid['num_frames'])], grid, sample)

    def _draw_video(self, runner: Runner, index: int, frames: Tensor,
                    grid: Dict[str, Tensor],
                    sample: ActionDataSample) -> None:
        """Draw the first view of a video, (C, T, H, W) frames of it."""
        prediction = sample.clone()
        prediction.set_field({name: row[None] for name, row in grid.items()},
                             'sampling_grid')
        meta = getattr(runner.val_dataloader.dataset, 'metainfo', {})
        seen = with_timing(
            seen_by(bare_model(runner), frames.transpose(0, 1), prediction,
                    classes=meta.get('classes')), prediction)
        title = f'validation video {index}'
        # No '/' in the name: LocalVisBackend would look for a folder.
        name = f'sampling_video_{index:05d}'
        folder = Path(runner.log_dir, 'vis_data')
        folder.mkdir(parents=True, exist_ok=True)
        for kind in self.formats:
            if kind == 'png':
                _add_image(runner, name, sampling_figure(seen, title))
                continue
            WRITERS[kind](folder / f'{name}_{_step(runner)}.{kind}', seen,
                          title)
            if kind == 'mp4':
                add_movie(runner.visualizer, f'{name}_movie', seen, title,
                          _step(runner))

    def after_val_epoch(self, runner: Runner, metrics=None) -> None:
        """Draw theta of the whole set."""
        if not self._drawing:
            return
        rows = gather_videos(self._videos, len(runner.val_dataloader.dataset))
        if rows is None:  # not the main process, which draws
            return
        places = rows[:, -3:]
        figure = theta_figure(
            RecordedTheta.unpack(rows[:, :-3]).theta,
            places if places.isfinite().any() else None,
            title=f'theta of {len(rows)} validation videos')
        _add_image(runner, 'sampling_theta', figure)


def _add_image(runner: Runner, name: str, figure) -> None:
    """Pass a matplotlib figure to the visualizer as an image."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    runner.visualizer.add_image(
        name, np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]),
        _step(runner))


def _step(runner: Runner) -> int:
    """Epoch, or iteration of a training without epochs; 0 without training."""
    # runner.epoch would build the loop (and its data) for validation alone.
    loop = runner._train_loop
    counter = 'epoch' if isinstance(loop, EpochBasedTrainLoop) else 'iter'
    return getattr(loop, counter) if isinstance(loop, BaseLoop) else 0
