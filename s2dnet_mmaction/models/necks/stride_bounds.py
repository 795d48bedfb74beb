"""How far strides may go from the first ones (supplement, Eqs. 1-2)."""

import math
from typing import Optional, Tuple

from torch import Tensor

from ..._checks import require

# Strides of e^20 = 5e8 samples are far beyond any video or frame.
LARGEST_LOG = 20.0

MaxZoom = Optional[Tuple[Optional[float], Optional[float]]]


def zoom(delta: Tensor, largest: Optional[float]) -> Tensor:
    """Stride over first stride, ``exp(b tanh(delta / b))``.

    Args:
        delta: (...) raw log-strides.
        largest: z = exp(b) > 1; the result lies in (1 / z, z). None: no
            bound, ``exp(delta)``, but short of overflow: infinity times 0
            would be NaN.

    Returns:
        (...) factors > 0.
    """
    if largest is None:
        return delta.clamp(-LARGEST_LOG, LARGEST_LOG).exp()
    bound = math.log(largest)
    return (bound * (delta / bound).tanh()).exp()


def check_max_zoom(max_zoom: MaxZoom) -> None:
    """Raise ValueError unless it is what DetailSampler takes."""
    if max_zoom is None:
        return
    require(
        isinstance(max_zoom, (tuple, list)) and len(max_zoom) == 2,
        'max_zoom', repr(max_zoom), 'None or a pair (time, space)',
        'Write (2.0, 2.0) for strides from half to twice the first ones.')
    for name, got in zip(('max_zoom[0]', 'max_zoom[1]'), max_zoom):
        require(
            got is None or (isinstance(got, (int, float)) and
                            1 < got <= math.exp(LARGEST_LOG)), name, got,
            'None or a number > 1', 'None sets no bound; to keep an axis '
            'as it is leave it out of axes.')


def check_init_span(init_span: Tuple[float, Optional[float]]) -> None:
    """Raise ValueError unless it is what DetailSampler takes."""
    require(
        isinstance(init_span, (tuple, list)) and len(init_span) == 2,
        'init_span', repr(init_span), 'a pair (time, space)',
        'The paper is (0.5, None), the release (1.0, 1.0).')
    span_t, span_yx = init_span
    for name, span in (('init_span[0]', span_t), ('init_span[1]', span_yx)):
        if span is None and name == 'init_span[1]':
            continue
        require(
            isinstance(span, (int, float)) and span > 0, name, span,
            'a part of the video / frame > 0',
            'The paper is (0.5, None), the release (1.0, 1.0).')
