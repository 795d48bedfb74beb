"""Strides from raw log-strides (supplement, Eqs. 1-2)."""

import math
from typing import Optional

from torch import Tensor

# Strides of e^20 = 5e8 samples are far beyond any video or frame.
LARGEST_LOG = 20.0


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
