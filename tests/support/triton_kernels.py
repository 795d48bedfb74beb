"""The Triton kernels, and a check of them against the dense form in float64.

On a machine with a GPU they are compiled and run there, which takes minutes.
On any other, Triton's interpreter runs them on the CPU.
"""

import os
import platform
import sys
from importlib.metadata import version

import numpy as np
import pytest
import torch
from mmengine.utils import digit_version

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window
from s2dnet_mmaction.functional.sampling.filters import Filters

if sys.platform != 'linux' or platform.machine() not in ('x86_64', 'aarch64'):
    pytest.skip('Triton has wheels for Linux only', allow_module_level=True)
if digit_version(version('triton')) < digit_version('3.4'):
    pytest.skip("this torch's Triton is too old", allow_module_level=True)

INTERPRETED = not torch.cuda.is_available()
DEVICE = 'cpu' if INTERPRETED else 'cuda'
# A kernel is compiled or interpreted depending on this variable at the time of
# its definition. The same holds for the functions of triton.language.
SETTING = 'TRITON_INTERPRET', str(int(INTERPRETED))
TOO_EARLY = 'triton.language' in sys.modules and os.environ.get(
    SETTING[0], '0') != SETTING[1]
with pytest.MonkeyPatch.context() as patch:
    patch.setenv(*SETTING)
    from s2dnet_mmaction.functional.sampling.backends.gpu import (
        filters,  # noqa: F401
        first_use,  # noqa: F401
        kernels,  # noqa: F401
        launch,
    )
if TOO_EARLY or launch._INTERPRETED != INTERPRETED:
    raise RuntimeError(
        'triton: got imported before this test, expected here first, or '
        f'TRITON_INTERPRET={int(INTERPRETED)}. Keep imports of triton in the '
        'package out of machines without a GPU, and '
        'let no test module run a model as it is imported: on the meta '
        'device torch imports triton.')

CONFIGS = {} if INTERPRETED else {
    kernel: kernel.configs
    for kernel in (launch._forward, launch._backward)
}
KINDS = ('gaussian', 'linear')


@pytest.fixture(autouse=True, scope='module')
def interpreter():
    """Triton imports parts of itself only when a kernel runs.

    Every test module of the kernels imports this fixture.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*SETTING)
        for kernel, configs in CONFIGS.items():
            # with more than one configuration every shape would be tuned
            patch.setattr(kernel, 'configs', configs[:1])
        yield


def jit(function):
    """triton.jit at import time, where the fixture does not act yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*SETTING)
        return launch.triton.jit(function)


def theta_of(batch, frames, center=(0, 0, 0), stride=(1, 1, 1)):
    """The same numbers, in order t, y, x, for all videos and frames."""
    shapes = (batch, ), (batch, frames), (batch, frames)
    return Theta(*(torch.full(shape, float(number))
                   for axis, shape in enumerate(shapes)
                   for number in (center[axis], stride[axis])))


def random_theta(rng, batch, frames, stride=(0.05, 50)):
    """Centres anywhere, strides uniform in their logarithm."""
    low, high = np.log(stride)
    theta = []
    for shape in ((batch, ), (batch, frames), (batch, frames)):
        theta += [
            rng.uniform(-1, 1, shape),
            np.exp(rng.uniform(low, high, shape))
        ]
    return Theta(*(torch.tensor(x, dtype=torch.float32) for x in theta))


def random_frames(rng, shape, layout='THWC'):
    """uint8 (B, T, C, H, W) in one of several layouts of the memory."""
    frames = rng.integers(0, 256, shape).astype(np.uint8)
    frames = torch.from_numpy(frames).to(DEVICE)
    if layout == 'THWC':
        frames = frames.permute(0, 1, 3, 4, 2).contiguous().permute(
            0, 1, 4, 2, 3)
    elif layout == 'cropped':  # in words of four bytes
        frames = torch.nn.functional.pad(frames.permute(0, 1, 3, 4, 2),
                                         (0, 0, 4, 8, 1, 2))
        frames = frames[:, :, 1:-2, 4:-8].permute(0, 1, 4, 2, 3)
    elif layout == 'unaligned':
        frames = torch.nn.functional.pad(frames, (1, 2, 1, 1))[..., 1:-1, 1:-2]
    elif layout == 'strided':
        frames = frames.repeat_interleave(2, dim=1)[:, ::2].mT.contiguous().mT
    return frames


def forward(frames, lengths, theta, size, filters, mean=None, std=None,
            dtype=torch.float32):
    """The kernel's result; theta, lengths and statistics from any device."""
    ones = torch.ones(frames.size(2))
    return launch.sample_forward(
        *_on_device(frames, lengths, theta), size, filters,
        mean=(0 * ones if mean is None else mean).to(DEVICE),
        std=(ones if std is None else std).to(DEVICE), dtype=dtype)


def backward(grad, frames, lengths, theta, size, filters, std=None):
    """The kernel's six gradients; see :func:`forward`."""
    std = torch.ones(frames.size(2)) if std is None else std
    return launch.sample_backward(
        grad.to(DEVICE), *_on_device(frames, lengths, theta), size, filters,
        std=std.to(DEVICE))


def _on_device(frames, lengths, theta):
    return (frames, torch.as_tensor(lengths, device=DEVICE),
            Theta(*(number.to(DEVICE) for number in theta)))


def check(frames, lengths, theta, size, *filters, **options):
    """Compare the result, and all gradients, with the dense form."""
    rng = np.random.default_rng(0)
    channels = frames.size(2)
    mean = torch.tensor(rng.uniform(90, 130, channels), dtype=torch.float32)
    std = torch.tensor(rng.uniform(40, 60, channels), dtype=torch.float32)
    filters = Filters(*filters, **options)

    exact = Theta(*(x.double().requires_grad_() for x in theta))
    sampled = sample_window(frames.cpu(), torch.as_tensor(lengths), exact,
                            size, filters)
    expected = (sampled - mean[:, None, None]) / std[:, None, None]

    arguments = (frames, lengths, theta, size, filters)
    got = forward(*arguments, mean, std).cpu()
    assert got.dtype == torch.float32 and got.is_contiguous()
    error = (got - expected) * std[:, None, None]
    assert error.abs().max() < 1e-3
    by_result = torch.tensor(
        rng.normal(size=expected.shape), dtype=torch.float32)
    gradients = backward(by_result, *arguments, std)
    by_exact = torch.autograd.grad(expected, exact, by_result.double())
    for name, one, other in zip(theta._fields, gradients, by_exact):
        assert one.dtype == torch.float32
        assert one.shape == other.shape
        # A gradient may be zero; then rounding alone is left.
        error = (one.cpu() - other).norm()
        assert error <= 1e-3 * other.norm() + 1e-5, name
