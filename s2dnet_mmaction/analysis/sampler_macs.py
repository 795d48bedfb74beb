"""Multiply-adds of the detail sampler."""

from typing import Sequence

from ..functional.sampling.bands import half_width


def dense_macs(size: Sequence[int], extent: Sequence[int]) -> int:
    """Multiply-adds of ``G_X G_Y G_T I`` of one channel as matrix products.

    Args:
        size: (T_D, H_D, W_D) of the output.
        extent: (T, H, W) of the frames.
    """
    return _filter_macs(size, extent, extent)


def banded_macs(size: Sequence[int],
                extent: Sequence[int],
                temporal: str = 'gaussian',
                spatial: str = 'gaussian',
                var: float = 1.0) -> int:
    """What the banded kernels do at most in place of :func:`dense_macs`.

    At most: they leave out rows and columns outside of the window, which
    here is the whole frame.
    """
    kinds = (temporal, spatial, spatial)
    taps = [
        min(2 * half_width(kind, var), n) for kind, n in zip(kinds, extent)
    ]
    return _filter_macs(size, extent, taps)


def _filter_macs(size: Sequence[int], extent: Sequence[int],
                 taps: Sequence[int]) -> int:
    """Time, then rows, then columns, of so many taps each."""
    num_frames, rows, columns = size
    _, height, width = extent
    return num_frames * (
        taps[0] * height * width + taps[1] * rows * width +
        taps[2] * rows * columns)
