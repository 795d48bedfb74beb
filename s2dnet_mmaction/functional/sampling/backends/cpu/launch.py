"""The banded sampler on a CPU: numba's kernels on torch's tensors.

Output frames are independent; torch's threads share them.
"""

from typing import Any, Callable, Tuple

import numpy as np
import torch
from torch import Tensor

from ...bands import half_width
from ...grid import Theta
from ..layout import channels_lie_last, empty_volume
from . import kernels
from .threads import run_on_all

# Chunks of work per thread: several, as windows differ in size.
_CHUNKS = 4


def sample_forward(frames: Tensor, lengths: Tensor, theta: Theta,
                   size: Tuple[int, int, int], temporal: str, spatial: str,
                   var: float, mean: Tensor, std: Tensor,
                   dtype: torch.dtype) -> Tensor:
    """``(V_hat - mean) / std``, see :func:`detail_sample`.

    Args:
        frames: (B, T, C, H, W) uint8 or float32. Read where they lie if
            each row of a channel, or of all channels of a pixel next to
            each other, is contiguous; else copied.
        lengths: (B,) int64.
        theta: six float32 tensors.
        mean: (C,) float32.
        std: (C,) float32.
        dtype: of the result.

    Returns:
        (B, T_D, C, H_D, W_D), laid out as :func:`empty_volume` says.
    """
    out = empty_volume(frames, size, torch.float32)
    lengths = lengths.clamp(1, frames.size(1))  # or it would read beyond
    frames, layout = _layout(frames)
    scale = std.reciprocal()
    _run(kernels.forward, theta.center_y.numel(), _memory(frames), layout,
         lengths.numpy(), _arrays(theta), size,
         _rules(temporal, spatial, var), scale.numpy(),
         (-mean * scale).numpy(), _memory(out), out.stride()[1:])
    return out.to(dtype)


def sample_backward(grad: Tensor, frames: Tensor, lengths: Tensor,
                    theta: Theta, size: Tuple[int, int,
                                              int], temporal: str,
                    spatial: str, var: float, std: Tensor) -> Theta:
    """Gradients of the six parameters; arguments as above.

    Args:
        grad: (B, T_D, C, H_D, W_D), of the normalised output.
    """
    lengths = lengths.clamp(1, frames.size(1))
    frames, layout = _layout(frames)
    batch, frames_out = theta.center_y.shape
    grad = grad.float()
    if batch > 1 and grad.stride(0) != frames_out * grad.stride(1):
        # contiguous() would not touch the stride of an axis of length 1
        grad = grad.clone(memory_format=torch.contiguous_format)
    grads = torch.empty(5, batch, frames_out, dtype=torch.float64)
    _run(kernels.backward, batch * frames_out, _memory(frames), layout,
         lengths.numpy(), _arrays(theta), size,
         _rules(temporal, spatial, var),
         std.reciprocal().numpy(), _memory(grad), grad.stride()[1:],
         grads.flatten(1).numpy())
    steps = torch.arange(frames_out) - (frames_out - 1) / 2
    center_t = grads[0].sum(1) * (lengths - 1) / 2
    stride_t = (grads[0] * steps).sum(1)
    return Theta(*(grad.float() for grad in (center_t, stride_t, *grads[1:])))


def _layout(frames: Tensor) -> Tuple[Tensor, Tuple[int, ...]]:
    """Frames, copied if need be, and the ``layout`` of the kernels."""
    step_b, step_t, step_c, step_y, step_x = frames.stride()
    channels, height, width = frames.shape[2:]
    if channels_lie_last(frames):
        return frames, (step_b, step_t, 0, step_y, 1, height, width, channels)
    if step_x != 1:
        return _layout(frames.clone(memory_format=torch.contiguous_format))
    return frames, (step_b, step_t, step_c, step_y, channels, height, width, 1)


def _memory(tensor: Tensor) -> np.ndarray:
    """The numbers from a tensor's first to its last, as they lie."""
    last = sum((count - 1) * step
               for count, step in zip(tensor.shape, tensor.stride()))
    return tensor.detach().as_strided((last + 1, ), (1, )).numpy()


def _arrays(theta: Theta) -> Tuple[np.ndarray, ...]:
    return tuple(number.detach().contiguous().numpy() for number in theta)


def _rules(temporal: str, spatial: str, var: float) -> Tuple[tuple, tuple]:
    """The argument of this name of the kernels."""
    rules = []
    for kind in (temporal, spatial):
        half = half_width(kind, var)
        decay = np.exp(-np.arange(2.0 * half)**2 / (2 * var))
        rules.append((half, kind == 'linear', float(var), decay))
    return tuple(rules)


def _run(kernel: Callable, jobs: int, *arguments: Any) -> None:
    """Share the jobs among the threads."""
    chunk = -(-jobs // (torch.get_num_threads() * _CHUNKS))
    chunks = iter(range(0, jobs, chunk))  # next() is atomic

    def work() -> None:
        for first in chunks:
            kernel(*arguments, first, min(first + chunk, jobs))

    run_on_all(work, most=jobs)
