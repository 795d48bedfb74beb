"""Strides from raw log-strides (supplement, Eqs. 1-2)."""

import math
from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

from torch import Tensor

from ...._checks import require_pair

# Strides of e^20 = 5e8 samples are far beyond any video or frame.
LARGEST_LOG = 20.0


@dataclass(frozen=True)
class Strides:
    """First strides d, and how far delta may move them.

    Strides are ``d exp(delta)`` with ``d_t = span_t L / T_D`` and, in space,
    ``d = 1`` px or ``span_yx H / H_D``. With ``max_zoom`` z they stay within
    (d / z, d z): ``d exp(b tanh(delta / b))``, b = log z, which is the same
    near delta = 0.

    Args:
        size: (T_D, H_D, W_D) of the sampled volume.
        init_span: (time, space): the share of the video, and of the frame,
            that the first window spans. None in space means 1 px.
        max_zoom: (time, space): largest factor, > 1, by which a stride may
            grow or shrink; None for no bound, for one axis or for both.

    Raises:
        ValueError: if an option is out of range.
    """
    size: Tuple[int, int, int]
    init_span: Sequence[Optional[float]] = (0.5, None)
    max_zoom: Optional[Sequence[Optional[float]]] = None

    def __post_init__(self) -> None:
        require_pair('init_span', self.init_span, 0, 'Give shares of the '
                     'video and of the frame; the paper has (0.5, None), the '
                     'release (1.0, 1.0).', optional=(1, ))
        max_zoom = (None, None) if self.max_zoom is None else self.max_zoom
        require_pair('max_zoom', max_zoom, 1, 'Write (2.0, 2.0) for strides '
                     'from half to twice the first ones, None for no bound. '
                     'To keep an axis frozen leave it out of axes.',
                     below=math.exp(LARGEST_LOG), optional=(0, 1))
        for name, value in (('size', self.size), ('max_zoom', max_zoom),
                            ('init_span', self.init_span)):
            object.__setattr__(self, name, tuple(value))

    def of_time(self, delta: Tensor, lengths: Tensor) -> Tensor:
        """Raw log-strides (B,), valid frames (B,) -> strides in frames."""
        first = self.init_span[0] * lengths / self.size[0]
        return first * _factor(delta, self.max_zoom[0])

    def of_space(self, delta_y: Tensor, delta_x: Tensor,
                 frame_size: Sequence[int]) -> Tuple[Tensor, Tensor]:
        """Raw log-strides (B, T_D) and (H, W) -> strides in px, y and x."""
        span = self.init_span[1]
        first_y, first_x = (1.0 if span is None else span * full / points
                            for full, points in zip(frame_size, self.size[1:]))
        return (first_y * _factor(delta_y, self.max_zoom[1]),
                first_x * _factor(delta_x, self.max_zoom[1]))


def _factor(delta: Tensor, max_zoom: Optional[float]) -> Tensor:
    """exp(b tanh(delta / b)), or exp(delta) that does not overflow.

    Infinity times 0 would be NaN.
    """
    if max_zoom is None:
        return delta.clamp(-LARGEST_LOG, LARGEST_LOG).exp()
    bound = math.log(max_zoom)
    return (bound * (delta / bound).tanh()).exp()
