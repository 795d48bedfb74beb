"""Sampled frames and boxes beside the uniform frames (as in Fig. 4)."""

from typing import Dict, List, Optional

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from mmaction.structures import ActionDataSample
from torch import Tensor

from .._checks import require_shape
from ..functional.sampling.detail_sample import sample_window
from ..functional.sampling.grid import Theta
from ..functional.synopsis_sample import uniform_indices
from ..models import S2DNet
from .heatmap_drawing import (
    at_uniform_frames,
    draw_legend,
    draw_space_maps,
    draw_time_curve,
    draw_time_weights,
)

_DETAIL_COLOUR = '#e4002b'
_UNIFORM_COLOUR = '#555555'
_INCHES_PER_FRAME = 1.3


def sampling_figure(model: S2DNet, frames: Tensor, grid: Dict[str, Tensor],
                    title: Optional[str] = None) -> Figure:
    """Draw one view of one video.

    Four rows: the uniform frames of the synopsis; the raw frames nearest to
    the sampled times, each with the window that the detail sampler cuts out
    of it; the sampled detail; and a time line of both. Heat maps of the
    locator are drawn over the uniform frames (space) and on the time line
    and as borders (time), if ``grid`` has them.

    Args:
        model: the network that sampled.
        frames: (T, C, H, W) raw RGB frames in 0..255, without padding.
        grid: one view (row) of ``sampling_grid``, see
            :meth:`S2DNet.predict`.
        title: text above the picture.

    Raises:
        ValueError: if ``frames`` and ``grid`` are of different videos.
    """
    length = int(grid['num_frames'])
    require_shape('frames', frames, (length, 'C', 'H', 'W'),
                  'Pass the frames of the video of grid, without padding.')
    theta = Theta(*(grid[name][None] for name in Theta._fields))
    sampler, num_uniform = model.neck, model.snet.num_frames
    volume = sample_window(frames[None], None, theta, sampler.size,
                           sampler.filters)[0]
    uniform = uniform_indices(torch.tensor([length]), num_uniform)[0]
    times = grid['frame_positions']
    nearest = times.round().long().clamp(0, length - 1)

    counts = (num_uniform, len(times), len(times))
    columns = max(counts)
    time, space = grid.get('heatmap_time'), grid.get('heatmap_space')
    has_maps, wide = not (time is None and space is None), columns >= 6
    line = 0.35 + 0.2 * (time is not None) + 0.4 * (has_maps and not wide)
    figure = Figure(
        (_INCHES_PER_FRAME * (columns + 0.5 * (space is not None)),
         _INCHES_PER_FRAME * (3.75 + line)), layout='tight')
    widths = [1] * columns + [0.1] * (space is not None)  # 0.1: colour bar
    cells = figure.add_gridspec(
        4, len(widths), height_ratios=(1, 1, 1, line), width_ratios=widths)
    rows = [[figure.add_subplot(cells[row, i]) for i in range(count)]
            for row, count in enumerate(counts)]
    _draw_row(rows[0], frames[uniform], 'uniform', _UNIFORM_COLOUR, uniform)
    _draw_row(rows[1], frames[nearest], 'where', _DETAIL_COLOUR, nearest)
    _draw_row(rows[2], volume, 'detail', _DETAIL_COLOUR)
    for axis, (x1, y1, x2, y2) in zip(rows[1], grid['boxes'].tolist()):
        axis.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False,
                                 edgecolor=_DETAIL_COLOUR, linewidth=1.5))
    time_line = figure.add_subplot(cells[3, :columns])
    _draw_time_line(time_line, uniform, times, length)
    if time is not None:
        draw_time_weights(rows[0], at_uniform_frames(time, num_uniform))
        draw_time_curve(time_line, time, length, bottom=1.6)
        time_line.set_yticks([0, 1, 2], ['detail', 'uniform', 'weight'])
    if space is not None:
        draw_space_maps(
            rows[0], at_uniform_frames(space, num_uniform),
            tuple(frames.shape[-2:]), figure.add_subplot(cells[0, -1]))
    if has_maps:
        draw_legend(time_line, time is not None, space is not None,
                    num_columns=3 if wide else 1)
    if title:
        figure.suptitle(title, fontsize=9, wrap=True)
    return figure


def raw_views(inputs: Tensor, data_sample: ActionDataSample) -> Tensor:
    """All (V, C, T, H, W) frames of a video.

    Args:
        inputs: (V, C, T, H, W) of one video; the frames of the synopsis
            alone where the pipeline has SynopsisFirst.
        data_sample: of that video.
    """
    source = data_sample.metainfo.get('frame_source')
    return inputs if source is None else source.read(range(source.num_frames))


def _draw_row(axes: List, images: Tensor, label: str, colour: str,
              times: Optional[Tensor] = None) -> None:
    images = images.round().clamp(0, 255).to(torch.uint8)
    for i, (axis, image) in enumerate(zip(axes, images)):
        image = image.permute(1, 2, 0).cpu().numpy()  # (H, W, C)
        axis.imshow(image.squeeze(-1) if image.shape[-1] == 1 else image,
                    cmap='gray')
        axis.set(xticks=[], yticks=[])
        if times is not None:
            axis.set_title(f'frame {int(times[i])}', fontsize=7, pad=2)
    axes[0].set_ylabel(label, fontsize=9, color=colour)


def _draw_time_line(axis, uniform: Tensor, times: Tensor,
                    length: int) -> None:
    axis.axvspan(-0.5, length - 0.5, color='#eeeeee', zorder=0)
    axis.eventplot([times.tolist(), uniform.tolist()], linelengths=0.9,
                   colors=[_DETAIL_COLOUR, _UNIFORM_COLOUR])
    axis.margins(x=0.02)
    axis.set_yticks([0, 1], ['detail', 'uniform'])
    axis.tick_params(labelsize=7)
    axis.set_xlabel('raw input frame', fontsize=7)
    axis.spines[['top', 'right', 'left']].set_visible(False)
