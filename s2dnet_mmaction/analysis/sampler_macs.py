"""Multiply-adds of the detail sampler."""

from typing import Sequence

from ..functional.sampling.bands import half_width
from ..functional.sampling.filters import Filters


def dense_macs(size: Sequence[int], extent: Sequence[int]) -> int:
    """Multiply-adds of ``G_X G_Y G_T I`` of one channel as matrix products.

    Args:
        size: (T_D, H_D, W_D) of the output.
        extent: (T, H, W) of the frames.
    """
    return _filter_macs(size, extent, extent)


def banded_macs(size: Sequence[int],
                extent: Sequence[int],
                filters: Filters = Filters()) -> int:
    """Upper bound of the multiply-adds of the banded kernels.

    They compute only filter taps with weight, and skip rows and columns
    outside of the window. The bound is for a window of the whole frame.

    Args:
        size: (T_D, H_D, W_D) of the output.
        extent: (T, H, W) of the frames.
        filters: see :class:`Filters`.
    """
    kinds = (filters.temporal, filters.spatial, filters.spatial)
    taps = [
        min(2 * half_width(kind, filters.var), n)
        for kind, n in zip(kinds, extent)
    ]
    return _filter_macs(size, extent, taps)


def _filter_macs(size: Sequence[int], extent: Sequence[int],
                 taps: Sequence[int]) -> int:
    """Filters in time, then rows, then columns, with this many taps."""
    num_frames, rows, columns = size
    _, height, width = extent
    return num_frames * (
        taps[0] * height * width + taps[1] * rows * width +
        taps[2] * rows * columns)
