"""The check of the kernels at their first use on a device.

A compiler may translate a kernel wrongly for a GPU that nobody tried. So the
kernels sample three small batches, and the dense form in float64 on the CPU
samples them, too.
"""

import math
import platform
from concurrent.futures import ThreadPoolExecutor
from typing import (
    Any,
    Callable,
    Iterator,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import torch
import triton
from torch import Tensor
from triton.runtime.errors import OutOfResources

from ...filters import Filters
from ...grid import Theta
from ..dense import sample_dense
from . import launch

# Largest difference allowed, as a share of the largest magnitude expected. It
# is 1e-5 in Triton's interpreter.
TOLERANCE = 1e-3
# Without tensor cores of this generation, Triton needs minutes to compile.
_CAPABILITY = (8, 0)


class Case(NamedTuple):
    """Input of the kernels that makes them take another path.

    Attributes:
        name: in messages.
        frames: dtype of the frames.
        interleaved: whether the channels lie last in memory. The rows of the
            others start at odd addresses.
        filters: see :class:`Filters`.
        dtype: of the result, and of its gradient.
    """
    name: str
    frames: torch.dtype
    interleaved: bool
    filters: Filters
    dtype: torch.dtype


# The first is the usual one: all configurations that the tuner may choose are
# checked with it, which compiles what the first steps of a run need anyway.
CASES = (
    Case('uint8 frames', torch.uint8, True, Filters(), torch.float32),
    Case('uint8 frames at odd addresses', torch.uint8, False,
         Filters('linear', 'linear'), torch.float16),
    Case('float32 frames', torch.float32, False, Filters('linear'),
         torch.bfloat16))


def check_kernels(device: torch.device) -> Optional[str]:
    """Reason not to use the kernels on a device; None if they are right.

    It goes on after the name of the backend: ``fails its check on ...``.

    It runs in a thread of its own, which has none of the caller's modes: no
    autocast, inference mode, FLOPs counter or stream. It draws no random
    numbers.

    Raises:
        torch.cuda.OutOfMemoryError: says nothing about the kernels.
        RuntimeError: if the device does not work before the check, or not
            any more after it; then no backend can use it.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_check, device).result()


def describe(device: torch.device) -> str:
    """What a report of a fault has to name."""
    facts = [
        f'torch {torch.__version__}', f'triton {triton.__version__}',
        f'Python {platform.python_version()}', f'device {device}'
    ]
    if device.type == 'cuda':
        major, minor = torch.cuda.get_device_capability(device)
        facts.append(f'{torch.cuda.get_device_name(device)} (compute '
                     f'capability {major}.{minor})')
    return ', '.join(facts)


def _check(device: torch.device) -> Optional[str]:
    _touch(device)  # an error of earlier work is not one of the kernels
    if device.type == 'cuda':
        capability = torch.cuda.get_device_capability(device)
        if capability < _CAPABILITY:
            return (f'does not serve {device}, as its compute capability is '
                    '{}.{}, below {}.{}'.format(*capability, *_CAPABILITY))
    try:
        reason = _first_difference(device)
    except (torch.cuda.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:  # whatever a compiler or a driver raises
        reason = f'{type(error).__name__}: {error}'
        if 'out of memory' in reason:  # Triton's own, as it loads a kernel
            raise
        try:
            _touch(device)
        except RuntimeError:
            raise RuntimeError(
                f'backend: got triton, whose check broke {device} for this '
                f'process ({reason}), expected a working kernel. Start again '
                "with backend='dense' (in a config: model.neck.backend), and "
                f'report this message: {describe(device)}.') from error
    return reason and (f'fails its check on {device} ({reason}; please report '
                       f'this with: {describe(device)})')


def _touch(device: torch.device) -> None:
    """Wait for a device, which raises if an earlier kernel broke it."""
    torch.ones(1, device=device).cpu()


def _first_difference(device: torch.device) -> Optional[str]:
    forwards, backwards = launch.configurations()
    for case in CASES:
        for name, got, expected in _results(case, device, forwards,
                                            backwards):
            error = (got.double() - expected).abs().max()
            error = (error / expected.abs().max()).item()
            # a result rounded to its dtype, up or down, is right
            allowed = TOLERANCE + torch.finfo(got.dtype).eps
            if not error <= allowed:  # NaN is a difference, too
                return (f"{case.name}, {name}: got a difference from 'dense' "
                        f'of {error:.2g} of the largest magnitude, expected '
                        f'at most {allowed:.2g}')
        forwards, backwards = forwards[:1], backwards[:1]
    return None


def _results(case: Case, device: torch.device, forwards: Sequence[Any],
             backwards: Sequence[Any]) -> Iterator[Tuple[str, Tensor, Tensor]]:
    """(name, of the kernels, of the dense form) of all results of a case."""
    frames, lengths, theta, mean, std = _inputs(case)
    size = (theta.center_y.size(1), *launch.CHECKED_SIZE)
    exact = Theta(*(number.double().requires_grad_() for number in theta))
    expected = sample_dense(frames, lengths, exact, size, case.filters)
    expected = ((expected - mean.view(-1, 1, 1)) / std.view(-1, 1, 1))
    grad = _numbers(expected.numel(), 0.9).view_as(expected).to(case.dtype)
    slopes = torch.autograd.grad(expected, exact, grad.double())

    frames, lengths, mean, std, grad, *theta = (
        tensor.to(device) for tensor in (frames, lengths, mean, std, grad,
                                         *theta))
    if not case.interleaved:  # here, as a copy to a device is contiguous
        frames = torch.nn.functional.pad(frames.contiguous(), (1, 2))
        frames = frames[..., 1:-2]
    arguments = (frames, lengths, Theta(*theta), size, case.filters)
    for got in _each(forwards, launch.sample_forward, *arguments, mean=mean,
                     std=std, dtype=case.dtype):
        yield 'result', got.cpu(), expected.detach()
    for gradients in _each(backwards, launch.sample_backward, grad, *arguments,
                           std=std):
        for name, got, slope in zip(Theta._fields, gradients, slopes):
            yield f'gradient of {name}', got.cpu(), slope


def _each(kernels: Sequence[Any], launch_one: Callable, *arguments: Any,
          **options: Any) -> Iterator[Any]:
    """The result of each kernel; the tuner leaves out those too large for a
    GPU, but one has to fit."""
    fits, too_large = False, None
    for kernel in kernels:
        try:
            result = launch_one(*arguments, kernel=kernel, **options)
        except OutOfResources as error:
            too_large = error
        else:
            fits = True
            yield result
    if not fits:
        raise too_large


def _inputs(case: Case) -> Tuple[Tensor, Tensor, Theta, Tensor, Tensor]:
    """Frames, lengths, theta, mean and std on the CPU.

    The sizes have the divisors 16 of usual ones. Triton compiles for these,
    so a run finds the compiled kernels.
    """
    channels = 3 if case.interleaved else 2
    shape = (2, 5, *launch.CHECKED_SIZE, channels)
    frames = (127 * (1 + _numbers(math.prod(shape), 1.7))).view(shape)
    frames = frames.to(case.frames).permute(0, 1, 4, 2, 3)
    centers = _numbers(10, 2.3) * 0.6
    strides = 1 + 0.4 * _numbers(10, 3.1)
    theta = []
    for first, count in ((0, 1), (2, 2), (6, 2)):
        shape = (2, count) if first else (2, )
        theta += [numbers[first:first + 2 * count].view(shape)
                  for numbers in (centers, strides)]
    return (frames, torch.tensor([5, 3], device='cpu'), Theta(*theta),
            120 + 9 * _numbers(channels, 1.1),
            55 + 9 * _numbers(channels, 0.7))


def _numbers(count: int, step: float) -> Tensor:
    """Irregular numbers in [-1, 1], always the same, float32 on the CPU."""
    index = torch.arange(count, device='cpu', dtype=torch.float64)
    return torch.sin(step * index * index + index).float()
