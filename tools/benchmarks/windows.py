"""Sampling windows, and what the sampler reads and computes for them."""

from typing import List, Tuple

import torch
from torch import Tensor

from s2dnet_mmaction.analysis.latency import time_in_turns
from s2dnet_mmaction.functional.sampling.bands import half_width, reach
from s2dnet_mmaction.functional.sampling.grid import Theta, grid_positions


def random_windows(batch: int, num_frames: int, size: Tuple[int, int, int],
                   seed: int = 0) -> Theta:
    """Windows as at the start of stage 2 of the training.

    Centres are uniform in the middle half of the video and the frame. The
    strides cover half of the video in time and are 1 px in space
    (supplement, Eqs. 1-2), each times e^x, where x is normal with standard
    deviation 0.3.
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


def reaches(theta: Theta, size: Tuple[int, int, int],
            extent: Tuple[int, int, int]) -> List[Tensor]:
    """Which samples each output frame reads through Gaussians of variance 1.

    Args:
        theta: see :class:`Theta`.
        size: (T_D, H_D, W_D).
        extent: (T, H, W) of the frames.

    Returns:
        (B, T_D, T), (B, T_D, H) and (B, T_D, W) bool.
    """
    half = half_width('gaussian', 1.0)
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
    """Bytes of the pixels that any filter reads, each counted once."""
    num_frames, channels, height, width = frames.shape[1:]
    masks = reaches(theta, size, (num_frames, height, width))
    total = 0
    for t, y, x in zip(*(mask.float() for mask in masks)):  # of a video
        pixels = torch.einsum('iy,ix,it->tyx', y, x, t)
        total += int((pixels > 0).sum())
    return total * channels * frames.element_size()


def macs_of_windows(theta: Theta, size: Tuple[int, int, int],
                    frames: Tensor) -> int:
    """Multiply-adds of the three filters, of taps with weight only."""
    num_frames, channels, height, width = frames.shape[1:]
    masks = reaches(theta, size, (num_frames, height, width))
    t, y, x = (mask.sum(-1) for mask in masks)
    taps_y, taps_x = (
        min(2 * half_width('gaussian', 1.0), n) for n in (height, width))
    macs = t * y * x + taps_y * size[1] * x + taps_x * size[1] * size[2]
    return channels * int(macs.sum())


def copy_bandwidth(device: str, megabytes: int = 256) -> float:
    """Bytes per second that a copy of memory reads and writes."""
    source = torch.randint(
        0, 256, (megabytes << 20, ), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    times_sec = time_in_turns(
        dict(copy=lambda: target.copy_(source)), rounds=7, device=device)
    return 2 * source.numel() / min(times_sec['copy'])
