"""Launch of numba's kernels: the banded sampler on a CPU.

Output frames are independent of each other; torch's threads share them.
"""

from typing import Any, Callable, Tuple

import numpy as np
import torch
from torch import Tensor

from ...bands import half_width
from ...filters import Filters
from ...grid import Theta
from ..layout import channels_lie_last, empty_volume
from . import kernels
from .threads import run_on_all

# Several chunks of work per thread, as windows differ in size.
_CHUNKS = 4


def sample_forward(frames: Tensor, lengths: Tensor, theta: Theta,
                   size: Tuple[int, int, int], filters: Filters, *,
                   mean: Tensor, std: Tensor, dtype: torch.dtype) -> Tensor:
    """``(V_hat - mean) / std``, in the layout of :func:`empty_volume`.

    The frames, uint8 or float32, are read in place if each row of a channel
    is contiguous, or each row of pixels with their channels; otherwise they
    are copied. For the arguments see :mod:`..operator`.
    """
    out = empty_volume(frames, size, torch.float32)
    scale = std.reciprocal()
    _run(kernels.forward, frames, lengths, theta, size, filters, scale.numpy(),
         (-mean * scale).numpy(), _memory(out), out.stride()[1:])
    return out.to(dtype)


def sample_backward(grad: Tensor, frames: Tensor, lengths: Tensor,
                    theta: Theta, size: Tuple[int, int, int],
                    filters: Filters, *, std: Tensor) -> Theta:
    """Gradients of the six parameters; arguments as above."""
    batch, frames_out = theta.center_y.shape
    grad = grad.float()
    if batch > 1 and grad.stride(0) != frames_out * grad.stride(1):
        # contiguous() would keep the stride of an axis of length 1
        grad = grad.clone(memory_format=torch.contiguous_format)
    grads = torch.empty(5, batch, frames_out, dtype=torch.float64)
    _run(kernels.backward, frames, lengths, theta, size, filters,
         std.reciprocal().numpy(), _memory(grad), grad.stride()[1:],
         grads.flatten(1).numpy())
    steps = torch.arange(frames_out) - (frames_out - 1) / 2
    last = lengths.clamp(1, frames.size(1)) - 1
    center_t = grads[0].sum(1) * last / 2
    stride_t = (grads[0] * steps).sum(1)
    return Theta(*(grad.float() for grad in (center_t, stride_t, *grads[1:])))


def _run(kernel: Callable, frames: Tensor, lengths: Tensor, theta: Theta,
         size: Tuple[int, int, int], filters: Filters, *others: Any) -> None:
    """Run a kernel on all output frames, shared among the threads.

    Args:
        others: further arguments of the kernel.
    """
    # A longer length would make the kernel read past the frames.
    lengths = lengths.clamp(1, frames.size(1))
    frames, layout = _layout(frames)
    arguments = (_memory(frames), layout, lengths.numpy(),
                 tuple(n.detach().contiguous().numpy() for n in theta), size,
                 _rules(filters), *others)
    jobs = theta.center_y.numel()
    chunk = -(-jobs // (torch.get_num_threads() * _CHUNKS))
    chunks = iter(range(0, jobs, chunk))  # next() is atomic

    def work() -> None:
        for first in chunks:
            kernel(*arguments, first, min(first + chunk, jobs))

    run_on_all(work, most=jobs)


def _layout(frames: Tensor) -> Tuple[Tensor, Tuple[int, ...]]:
    """Frames, copied if necessary, and the kernels' argument ``layout``."""
    step_b, step_t, step_c, step_y, step_x = frames.stride()
    channels, height, width = frames.shape[2:]
    if channels_lie_last(frames):
        return frames, (step_b, step_t, 0, step_y, 1, height, width, channels)
    if step_x != 1:
        return _layout(frames.clone(memory_format=torch.contiguous_format))
    return frames, (step_b, step_t, step_c, step_y, channels, height, width, 1)


def _memory(tensor: Tensor) -> np.ndarray:
    """Flat view of the memory from a tensor's first number to its last."""
    last = sum((count - 1) * step
               for count, step in zip(tensor.shape, tensor.stride()))
    return tensor.detach().as_strided((last + 1, ), (1, )).numpy()


def _rules(filters: Filters) -> Tuple[tuple, tuple]:
    """The kernels' argument ``rules``: options in time and in space."""
    rules = []
    for kind in (filters.temporal, filters.spatial):
        half = half_width(kind, filters.var)
        decay = np.exp(-np.arange(2.0 * half)**2 / (2 * filters.var))
        rules.append((half, kind == 'linear', float(filters.var), decay))
    return tuple(rules)
