"""Strides from raw log-strides, and their bounds (supplement, Eqs. 1-2)."""

import math
from typing import Any, Optional, Tuple

from torch import Tensor

from ..._checks import require

# Strides of e^20 = 5e8 samples are far beyond any video or frame.
LARGEST_LOG = 20.0

MaxZoom = Optional[Tuple[Optional[float], Optional[float]]]


def stride_factor(delta: Tensor, max_zoom: Optional[float]) -> Tensor:
    """Factor on the first stride, ``exp(b tanh(delta / b))``.

    Args:
        delta: (...) raw log-strides.
        max_zoom: z = exp(b) > 1; the result lies in (1 / z, z). None: no
            bound, ``exp(delta)``, except that it does not overflow:
            infinity times 0 would be NaN.

    Returns:
        (...) factors > 0.
    """
    if max_zoom is None:
        return delta.clamp(-LARGEST_LOG, LARGEST_LOG).exp()
    bound = math.log(max_zoom)
    return (bound * (delta / bound).tanh()).exp()


def check_max_zoom(max_zoom: MaxZoom) -> None:
    """Raise ValueError unless it is what DetailSampler takes."""
    if max_zoom is None:
        return
    _require_pair('max_zoom', max_zoom,
                  'Write (2.0, 2.0) for strides from half to twice the first '
                  'ones.')
    for name, got in zip(('max_zoom[0]', 'max_zoom[1]'), max_zoom):
        require(
            got is None or (isinstance(got, (int, float)) and
                            1 < got <= math.exp(LARGEST_LOG)), name, got,
            'None or a number > 1', 'None sets no bound. To keep an axis '
            'frozen leave it out of axes.')


def check_init_span(init_span: Tuple[float, Optional[float]]) -> None:
    """Raise ValueError unless it is what DetailSampler takes."""
    remedy = 'The paper is (0.5, None), the release (1.0, 1.0).'
    _require_pair('init_span', init_span, remedy)
    span_t, span_yx = init_span
    for name, span in (('init_span[0]', span_t),
                       ('init_span[1]', 1.0 if span_yx is None else span_yx)):
        require(isinstance(span, (int, float)) and span > 0, name, span,
                'a share of the video / frame > 0', remedy)


def _require_pair(name: str, got: Any, remedy: str) -> None:
    require(isinstance(got, (tuple, list)) and len(got) == 2, name, repr(got),
            'a pair (time, space)', remedy)
