"""Launch of the Triton kernels: the detail sampler on a GPU."""

import math
from typing import Any, List, Tuple

import torch
import triton
from torch import Tensor

from ...bands import half_width
from ...filters import Filters
from ...grid import Theta
from .kernels import backward_kernel, forward_kernel

if tuple(int(part) for part in triton.__version__.split('.')[:2]) < (3, 4):
    # Older versions do not let a kernel's helpers return tuples of tuples.
    raise ImportError(f'triton: got {triton.__version__}, expected >= 3.4. '
                      'It comes with torch 2.8.')

# Triton's interpreter runs the kernels on the CPU, for tests.
_INTERPRETED = not isinstance(forward_kernel, triton.JITFunction)

# (H, W) of frames and results in the check at the first use: several tiles.
CHECKED_SIZE = (16, 16) if _INTERPRETED else (80, 144)

# Tile of the backward pass. Not tuned: it determines the number of sums.
_BACKWARD_TILE = (16, 16) if _INTERPRETED else (32, 64)


def _config(num_warps=4, maxnreg=None, **blocks):
    """Block sizes and the compiler's options.

    There is one stage: loads feed sums instead of products, so nothing can
    be pipelined.
    """
    return triton.Config(blocks, num_warps, num_stages=1, maxnreg=maxnreg)


def _tuned(kernel, *configs):
    """Tune for the sizes of a frame, whatever the number of frames."""
    if _INTERPRETED:
        # Speed does not matter; with small blocks the loops run repeatedly.
        small = dict.fromkeys(configs[0].kwargs, lambda arguments: 16)
        return triton.heuristics(small)(kernel)
    key = ['height', 'width', 'out_h', 'out_w', 'GROUP', 'PACKED']
    return triton.autotune(configs, key=key)(kernel)


# On an H200 the third is the fastest for interleaved channels and the second
# for planar ones, by 7 and 16 % before the first. Larger blocks of rows or
# columns took 1.03 to 2.4 times as long. At 255 registers a thread an SM runs
# 2 programs of 4 warps, at 168 it runs 3.
_FORWARD_CONFIGS = (
    _config(BLOCK_Y=64, BLOCK_X=64, ROWS=16, COLS=32),
    _config(BLOCK_Y=64, BLOCK_X=64, ROWS=16, COLS=32, maxnreg=168),
    _config(BLOCK_Y=32, BLOCK_X=32, ROWS=16, COLS=32, maxnreg=168))
_BACKWARD_CONFIGS = (_config(ROWS=16, COLS=32), )
_forward = _tuned(forward_kernel, *_FORWARD_CONFIGS)
_backward = _tuned(backward_kernel, *_BACKWARD_CONFIGS)


def configurations() -> Tuple[List[Any], List[Any]]:
    """What the tuner chooses from: forward kernels, backward kernels.

    Each is an argument ``kernel`` of the functions below. They share their
    compiled code with the tuned kernels.
    """
    # interpreted, all have the same small blocks
    end = 1 if _INTERPRETED else None
    return ([_tuned(forward_kernel, one) for one in _FORWARD_CONFIGS[:end]],
            [_tuned(backward_kernel, one) for one in _BACKWARD_CONFIGS[:end]])


def sample_forward(frames: Tensor, lengths: Tensor, theta: Theta,
                   size: Tuple[int, int, int], filters: Filters, *,
                   mean: Tensor, std: Tensor, dtype: torch.dtype,
                   kernel: Any = None) -> Tensor:
    """``(V_hat - mean) / std`` in one launch, contiguous.

    Frames may have any strides. Nothing is checked here, as checks of values
    wait for the device. For any theta only valid frames are read; NaN gives
    NaN. For the arguments see :mod:`..operator`; kernel: None for the one
    that is tuned for these sizes, or one of :func:`configurations`.
    """
    kernel = _forward if kernel is None else kernel
    batch, channels = frames.size(0), frames.size(2)
    arguments, options = _common(frames, lengths, theta, size, filters)
    out = frames.new_empty((batch, size[0], channels, *size[1:]), dtype=dtype)

    def grid(meta):
        tiles = _tiles(size, meta['BLOCK_Y'], meta['BLOCK_X'])
        return (batch * size[0] * tiles * (channels // meta['GROUP']), )

    with torch.cuda.device_of(frames):
        kernel[grid](*arguments, mean.contiguous(), std.contiguous(), out,
                     **options)
    return out


def sample_backward(grad: Tensor, frames: Tensor, lengths: Tensor,
                    theta: Theta, size: Tuple[int, int, int],
                    filters: Filters, *, std: Tensor,
                    kernel: Any = None) -> Tuple[Tensor, ...]:
    """Gradients of the six parameters, in one launch and two sums.

    Every tile writes its own terms, and torch adds them. So the result does
    not depend on the order in which the tiles are computed. ``grad`` may be
    of any floating point type and have any strides. For kernel see
    :func:`sample_forward`.
    """
    kernel = _backward if kernel is None else kernel
    arguments, options = _common(frames, lengths, theta, size, filters)
    # The slopes of a Gaussian are weight * offset / var. Without 1 / var, and
    # in units of the standard deviation where it is large, they fit into
    # float16.
    var = filters.var
    unit = min(1., var**-.5)
    factor_t, factor_s = (
        1. if kind == 'linear' else 1 / (max(var, 1e-30) * unit)
        for kind in (filters.temporal, filters.spatial))
    block_y, block_x = _BACKWARD_TILE
    batch, channels = frames.size(0), frames.size(2)
    parts = _tiles(size, block_y, block_x) * (channels // options['GROUP'])
    sums = frames.new_empty((6, batch, size[0], parts), dtype=torch.float32)
    with torch.cuda.device_of(frames):
        kernel[(batch * size[0] * parts, )](
            *arguments, unit, factor_t, factor_s, std.contiguous(), grad,
            grad.stride(), sums, BLOCK_Y=block_y, BLOCK_X=block_x, **options)
    sums = sums.sum(-1)  # (6, B, T_D)
    return (*sums[:2].sum(-1), *sums[2:])


def _tiles(size: Tuple[int, int, int], block_y: int, block_x: int) -> int:
    """Number of tiles of an output frame."""
    return -(-size[1] // block_y) * -(-size[2] // block_x)


def _common(frames, lengths, theta, size, filters):
    """Arguments and compile-time options that both kernels share."""
    group, packed = _channels_at_once(frames)
    sharp = math.log2(math.e) / max(filters.var, 1e-30)
    arguments = (frames, lengths.contiguous(),
                 tuple(number.contiguous() for number in theta),
                 frames.stride(), *frames.shape[1:], *size, sharp)
    options = dict(TEMPORAL=filters.temporal, SPATIAL=filters.spatial,
                   HALF_T=half_width(filters.temporal, filters.var),
                   HALF_S=half_width(filters.spatial, filters.var),
                   HALVES=frames.dtype == torch.uint8, GROUP=group,
                   PACKED=packed)
    return arguments, options


def _channels_at_once(frames: Tensor) -> Tuple[int, bool]:
    """Number of channels of a program, and whether it loads 4-byte words.

    Words need uint8 frames whose rows start at a multiple of four bytes. The
    three channels are interleaved, as decoders return them, or separate.
    """
    *steps, step_c, step_h, step_w = frames.stride()
    channels, _, width = frames.shape[2:]
    aligned = frames.dtype == torch.uint8 and not any(
        number % 4 for number in (*steps, step_h, width, frames.data_ptr()))
    if aligned and (channels, step_c, step_w) == (3, 1, 3):
        return 3, True
    return 1, aligned and step_c % 4 == 0 and step_w == 1
