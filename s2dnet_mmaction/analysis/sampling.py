"""What the detail sampler has to read and to compute, and of which windows."""

import math
import time
from typing import List, Sequence, Tuple

import torch
from torch import Tensor

from ..functional.bands import half_width, reach
from ..functional.grid import Theta, grid_positions
from .latency import synchronize


def random_windows(batch: int,
                   num_frames: int,
                   size: Tuple[int, int, int],
                   seed: int = 0) -> Theta:
    """Windows as they are at the start of stage 2 of the training.

    Centres anywhere in the middle half, half of the video in time and a
    stride of 1 px in space (supplement, Eqs. 1-2), each times e^x with x
    of a standard deviation of 0.3.
    """
    generator = torch.Generator().manual_seed(seed)

    def center(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator) - 0.5

    def stride(first: float, *shape: int) -> Tensor:
        return first * torch.exp(
            0.3 * torch.randn(shape, generator=generator))

    space = (batch, size[0])
    return Theta(
        center(batch), stride(num_frames / (2 * size[0]), batch),
        center(*space), stride(1.0, *space), center(*space),
        stride(1.0, *space))


def reaches(theta: Theta,
            size: Tuple[int, int, int],
            extent: Tuple[int, int, int],
            var: float = 1.0) -> List[Tensor]:
    """Which samples each output frame reads, of Gaussian filters.

    Args:
        theta: see :class:`Theta`.
        size: (T_D, H_D, W_D).
        extent: (T, H, W) of the frames.

    Returns:
        (B, T_D, T), (B, T_D, H) and (B, T_D, W) bool.
    """
    half = half_width('gaussian', var)
    masks = []
    for axis, name in enumerate('tyx'):
        points = grid_positions(
            getattr(theta, f'center_{name}'),
            getattr(theta, f'stride_{name}'), size[axis], extent[axis])
        if name == 't':
            points = points.unsqueeze(-1)  # (B, T_D, 1)
        spans = reach(points, points, extent[axis], half)
        samples = torch.arange(extent[axis], device=points.device)
        inside = (samples >= spans[..., :1]) & (samples < spans[..., 1:])
        masks.append(inside.any(dim=-2))
    return masks


def bytes_of_windows(theta: Theta, size: Tuple[int, int, int],
                     frames: Tensor) -> int:
    """Bytes of the frames that carry weight, each counted once."""
    num_frames, channels, height, width = frames.shape[1:]
    masks = reaches(theta, size, (num_frames, height, width))
    total = 0
    for t, y, x in zip(*(mask.float() for mask in masks)):  # of a video
        pixels = torch.einsum('iy,ix,it->tyx', y, x, t)
        total += int((pixels > 0).sum())
    return total * channels * frames.element_size()


def macs_of_windows(theta: Theta, size: Tuple[int, int, int],
                    frames: Tensor) -> int:
    """Multiply-adds of the three filters over the taps alone."""
    num_frames, channels, height, width = frames.shape[1:]
    t, y, x = (
        mask.sum(-1) for mask in reaches(theta, size, (num_frames, height,
                                                       width)))
    taps_y, taps_x = (
        min(2 * half_width('gaussian', 1.0), n) for n in (height, width))
    macs = t * y * x + taps_y * size[1] * x + taps_x * size[1] * size[2]
    return channels * int(macs.sum())


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


def copy_bandwidth(device: str, megabytes: int = 256) -> float:
    """Bytes per second, read and written, of copying memory."""
    source = torch.randint(
        0, 256, (megabytes << 20, ), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = math.inf
    for _ in range(7):
        synchronize(source.device)
        start = time.perf_counter()
        target.copy_(source)
        synchronize(source.device)
        best = min(best, time.perf_counter() - start)
    return 2 * source.numel() / best
