"""The detail sampler on a GPU: how its Triton kernels are launched."""

import math
from typing import Tuple

import torch
import triton
from torch import Tensor

from ...bands import half_width
from ...grid import Theta
from .kernels import backward_kernel, forward_kernel

if tuple(int(part) for part in triton.__version__.split('.')[:2]) < (3, 4):
    # Until then a kernel's helpers could not return tuples of tuples.
    raise ImportError(f'triton: got {triton.__version__}, expected >= 3.4. '
                      'It comes with torch 2.8.')

# Triton's interpreter runs kernels on the CPU, for tests.
_INTERPRETED = not isinstance(forward_kernel, triton.JITFunction)

# A tile of the backward pass. Not tuned: it says how many sums there are.
_BACKWARD_TILE = (16, 16) if _INTERPRETED else (32, 64)


def _tuned(kernel, *configs):
    """Tune by the sizes of a video, not by how many or how long they are.

    Args:
        configs: blocks and the compiler's options. One stage: the loads feed
            sums, not products, so there is nothing to pipeline.
    """
    blocks = [{k: v
               for k, v in config.items() if k.isupper()}
              for config in configs]
    if _INTERPRETED:
        # There is no speed to measure; small blocks let the loops go round.
        small = dict.fromkeys(blocks[0], lambda arguments: 16)
        return triton.heuristics(small)(kernel)
    configs = [
        triton.Config(
            block,
            num_warps=config.get('num_warps', 4),
            num_stages=1,
            maxnreg=config.get('maxnreg'))
        for block, config in zip(blocks, configs)
    ]
    key = ['height', 'width', 'out_h', 'out_w', 'GROUP', 'PACKED']
    return triton.autotune(configs, key=key)(kernel)


# At 255 registers a thread an SM holds 2 programs of 4 warps, at 168 it is 3.
_forward = _tuned(
    forward_kernel,
    dict(BLOCK_Y=64, BLOCK_X=64, ROWS=16, COLS=32),
    dict(BLOCK_Y=64, BLOCK_X=64, ROWS=16, COLS=32, maxnreg=168),
    dict(BLOCK_Y=64, BLOCK_X=64, ROWS=16, COLS=64),
    dict(BLOCK_Y=64, BLOCK_X=64, ROWS=32, COLS=64),
    dict(BLOCK_Y=64, BLOCK_X=32, ROWS=16, COLS=64),
    dict(BLOCK_Y=32, BLOCK_X=32, ROWS=16, COLS=32, maxnreg=168))
_backward = _tuned(
    backward_kernel,
    dict(ROWS=16, COLS=32),
    dict(ROWS=16, COLS=64, num_warps=8))


def sample_forward(frames: Tensor,
                   lengths: Tensor,
                   theta: Theta,
                   size: Tuple[int, int, int],
                   temporal: str,
                   spatial: str,
                   var: float,
                   mean: Tensor,
                   std: Tensor,
                   out_dtype: torch.dtype = torch.float32) -> Tensor:
    """Sample a window of the raw frames and normalise it, in one launch.

    The equations are those of
    :func:`~s2dnet_mmaction.functional.detail_sample`. Nothing is checked here, for that would wait for the device. Whatever theta holds, only valid
    frames are read, and NaN gives NaN.

    Args:
        frames: (B, T, C, H, W) uint8 or floating point, any strides.
        lengths: (B,) int64, 1 <= lengths <= T.
        theta: float32.
        size: (T_D, H_D, W_D).
        temporal: ``'gaussian'`` or ``'linear'``.
        spatial: ``'gaussian'`` or ``'linear'``.
        var: variance of the Gaussians, in samples squared.
        mean: (C,) float32, subtracted from the sampled window.
        std: (C,) float32, which then divides it.
        out_dtype: float32, float16 or bfloat16.

    Returns:
        (B, T_D, C, H_D, W_D), contiguous.
    """
    batch, channels = frames.size(0), frames.size(2)
    arguments, options = _common(frames, lengths, theta, size, temporal,
                                 spatial, var)
    out = frames.new_empty((batch, size[0], channels, *size[1:]),
                           dtype=out_dtype)

    def grid(meta):
        tiles = _tiles(size, meta['BLOCK_Y'], meta['BLOCK_X'])
        return (batch * size[0] * tiles * (channels // meta['GROUP']), )

    with torch.cuda.device_of(frames):
        _forward[grid](*arguments, mean.contiguous(), std.contiguous(), out,
                       **options)
    return out


def sample_backward(grad: Tensor, frames: Tensor, lengths: Tensor,
                    theta: Theta, size: Tuple[int, int, int], temporal: str,
                    spatial: str, var: float,
                    std: Tensor) -> Tuple[Tensor, ...]:
    """Gradients of the six parameters, in one launch and two sums.

    Every tile writes a part of its own and torch adds these, so that the
    result does not depend on which tile is done first.

    Args:
        grad: (B, T_D, C, H_D, W_D) floating point, any strides; by the result
            of :func:`sample_forward`, where the other arguments are described.

    Returns:
        six float32 tensors, shaped as theta.
    """
    batch, channels = frames.size(0), frames.size(2)
    arguments, options = _common(frames, lengths, theta, size, temporal,
                                 spatial, var)
    # A Gaussian's slopes are weight * offset / var. Without 1 / var, and in
    # units of a large standard deviation, they fit into float16.
    unit = min(1., var**-.5)
    factor_t, factor_s = (
        1. if kind == 'linear' else 1 / (max(var, 1e-30) * unit)
        for kind in (temporal, spatial))
    block_y, block_x = _BACKWARD_TILE
    parts = _tiles(size, block_y, block_x) * (channels // options['GROUP'])
    sums = frames.new_empty((6, batch, size[0], parts), dtype=torch.float32)
    with torch.cuda.device_of(frames):
        _backward[(batch * size[0] * parts, )](
            *arguments,
            unit,
            factor_t,
            factor_s,
            std.contiguous(),
            grad,
            *grad.stride(),
            sums,
            BLOCK_Y=block_y,
            BLOCK_X=block_x,
            **options)
    sums = sums.sum(-1)  # (6, B, T_D)
    return (*sums[:2].sum(-1), *sums[2:])


def _tiles(size: Tuple[int, int, int], block_y: int, block_x: int) -> int:
    """How many tiles make an output frame."""
    return -(-size[1] // block_y) * -(-size[2] // block_x)


def _common(frames, lengths, theta, size, temporal, spatial, var):
    """What both kernels are told: arguments, and options of the compiler."""
    group, packed = _channels_at_once(frames)
    sharp = math.log2(math.e) / max(var, 1e-30)
    arguments = (frames, lengths.contiguous(),
                 *(number.contiguous() for number in theta), *frames.stride(),
                 *frames.shape[1:], *size, sharp)
    options = dict(
        TEMPORAL=temporal,
        SPATIAL=spatial,
        HALF_T=half_width(temporal, var),
        HALF_S=half_width(spatial, var),
        HALVES=frames.dtype == torch.uint8,
        GROUP=group,
        PACKED=packed)
    return arguments, options


def _channels_at_once(frames: Tensor) -> Tuple[int, bool]:
    """How many channels a program makes, and whether from words of 4 bytes.

    Words take uint8 whose rows start at a multiple of four bytes: three
    channels side by side, as decoders give them, or one after the other.
    """
    *steps, step_c, step_h, step_w = frames.stride()
    channels, _, width = frames.shape[2:]
    aligned = frames.dtype == torch.uint8 and not any(
        number % 4 for number in (*steps, step_h, width, frames.data_ptr()))
    if aligned and (channels, step_c, step_w) == (3, 1, 3):
        return 3, True
    return 1, aligned and step_c % 4 == 0 and step_w == 1
