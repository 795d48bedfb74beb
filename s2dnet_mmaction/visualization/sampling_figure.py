"""Sampled frames and boxes beside the uniform frames (as in Fig. 4)."""

from typing import TYPE_CHECKING, Dict, Optional, Tuple

import torch
from torch import Tensor

from .._checks import require
from ..functional.sampling.detail_sample import sample_window
from ..functional.sampling.filters import Filters
from ..functional.sampling.grid import Theta
from ..functional.synopsis_sample import uniform_indices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BOX_COLOUR = '#e4002b'
_UNIFORM_COLOUR = '#555555'
_INCHES_PER_FRAME = 1.3


def sampling_figure(frames: Tensor,
                    grid: Dict[str, Tensor],
                    size: Tuple[int, int, int],
                    num_uniform: int,
                    *,
                    temporal: str = 'gaussian',
                    spatial: str = 'gaussian',
                    var: float = 1.0,
                    title: Optional[str] = None) -> 'Figure':
    """Draw one view of one video.

    Four rows: the uniform frames of the synopsis; the raw frames nearest to
    the sampled times, each with the window that the detail sampler cuts out
    of it; the sampled detail; and a time line of both.

    Args:
        frames: (T, C, H, W) raw RGB frames in 0..255, without padding.
        grid: one view (row) of ``sampling_grid``, see
            :meth:`S2DNet.predict`.
        size: (T_D, H_D, W_D) of the sampled volume.
        num_uniform: T_S, number of uniform frames.
        temporal: filter of the sampler.
        spatial: filter of the sampler.
        var: variance of the sampler's Gaussians.
        title: text above the picture.

    Returns:
        matplotlib figure; save it with ``figure.savefig``.

    Raises:
        ValueError: if ``frames`` and ``grid`` are of different videos.
    """
    # The object interface of matplotlib leaves the user's backend alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    length = int(grid['num_frames'])
    require(
        frames.dim() == 4 and frames.size(0) == length, 'frames.shape',
        tuple(frames.shape), f'({length}, C, H, W), as in grid',
        'Pass the frames of this video without padding.')
    theta = Theta(*(grid[name][None] for name in Theta._fields))
    volume = sample_window(frames[None], None, theta, size,
                           Filters(temporal, spatial, var))[0]
    uniform = uniform_indices(torch.tensor([length]), num_uniform)[0]
    times = grid['frame_positions']
    nearest = times.round().long().clamp(0, length - 1)

    columns = max(num_uniform, size[0])
    figure = Figure(figsize=(_INCHES_PER_FRAME * columns,
                             _INCHES_PER_FRAME * 4.1))
    FigureCanvasAgg(figure)
    axes = figure.subplots(
        4, columns, squeeze=False, height_ratios=(1, 1, 1, 0.35))
    _draw_row(axes[0], frames[uniform], uniform, 'uniform', _UNIFORM_COLOUR)
    _draw_row(axes[1], frames[nearest], nearest, 'where', _BOX_COLOUR)
    for axis, box in zip(axes[1], grid['boxes'].tolist()):
        _draw_box(axis, box)
    _draw_row(axes[2], volume, None, 'detail', _BOX_COLOUR)
    _draw_time_line(figure, axes[3], uniform, times, length)
    if title:
        figure.suptitle(title, fontsize=9)
    figure.tight_layout()
    return figure


def _draw_row(axes, images: Tensor, times: Optional[Tensor], label: str,
              colour: str) -> None:
    images = images.round().clamp(0, 255).to(torch.uint8)
    images = images.permute(0, 2, 3, 1).cpu().numpy()  # (n, H, W, C)
    for axis in axes:
        axis.set_axis_off()
    for i, (axis, image) in enumerate(zip(axes, images)):
        axis.set_axis_on()
        axis.imshow(image.squeeze(-1) if image.shape[-1] == 1 else image,
                    cmap='gray')
        axis.set_xticks([])
        axis.set_yticks([])
        if times is not None:
            axis.set_title(f'frame {int(times[i])}', fontsize=7, pad=2)
    axes[0].set_ylabel(label, fontsize=9, color=colour)


def _draw_box(axis, box) -> None:
    """Outline the window; what lies off the frame is drawn too."""
    from matplotlib.patches import Rectangle
    x1, y1, x2, y2 = box
    axis.add_patch(
        Rectangle((x1, y1),
                  x2 - x1,
                  y2 - y1,
                  fill=False,
                  edgecolor=_BOX_COLOUR,
                  linewidth=1.5,
                  clip_on=True))


def _draw_time_line(figure, axes, uniform: Tensor, times: Tensor,
                    length: int) -> None:
    grid_spec = axes[0].get_gridspec()
    for axis in axes:
        axis.remove()
    axis = figure.add_subplot(grid_spec[3, :])
    axis.vlines(uniform.tolist(), 0.55, 1, color=_UNIFORM_COLOUR)
    axis.vlines(times.tolist(), 0, 0.45, color=_BOX_COLOUR)
    margin = 0.02 * length + 0.5
    low = min(0.0, float(times.min())) - margin
    high = max(length - 1.0, float(times.max())) + margin
    axis.axvspan(-0.5, length - 0.5, color='#eeeeee', zorder=0)
    axis.set_xlim(low, high)
    axis.set_ylim(0, 1)
    axis.set_yticks([0.22, 0.78], ['detail', 'uniform'], fontsize=7)
    axis.tick_params(axis='x', labelsize=7)
    axis.set_xlabel('raw input frame', fontsize=7)
    for side in ('top', 'right', 'left'):
        axis.spines[side].set_visible(False)
