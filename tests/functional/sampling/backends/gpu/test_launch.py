import numpy as np
import pytest
import torch

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window
from s2dnet_mmaction.functional.sampling.filters import Filters
from tests.support.triton_kernels import (  # noqa: F401
    CONFIGS,
    DEVICE,
    INTERPRETED,
    backward,
    check,
    forward,
    interpreter,
    launch,
    random_frames,
    random_theta,
)

LINEAR_TIME = Filters(temporal='linear')


@pytest.mark.parametrize('layout, at_once', [
    ('TCHW', (1, True)),
    ('THWC', (3, True)),
    ('cropped', (3, True)),
    ('unaligned', (1, False)),
    ('strided', (1, False)),
])
def test_layouts(layout, at_once):
    rng = np.random.default_rng(1)
    frames = random_frames(rng, (2, 5, 3, 9, 12), layout)
    assert launch._channels_at_once(frames) == at_once
    theta = random_theta(rng, 2, 1, (0.3, 2))
    check(frames, [5, 4], theta, (1, 3, 4), *LINEAR_TIME)


@pytest.mark.parametrize(
    'dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtypes_of_frames(dtype):
    rng = np.random.default_rng(2)
    frames = random_frames(rng, (1, 4, 2, 7, 8)).to(dtype)
    theta = random_theta(rng, 1, 2, (0.3, 2))
    check(frames, [4], theta, (2, 3, 4), *LINEAR_TIME)


def test_float_frames_beyond_float16():
    rng = np.random.default_rng(2)
    frames = random_frames(rng, (1, 4, 2, 7, 8)).float()
    theta = random_theta(rng, 1, 2, (0.3, 2))
    small, large = (
        forward(pixels, [4], theta, (2, 3, 4), LINEAR_TIME)
        for pixels in (frames, frames * 2.**20))
    torch.testing.assert_close(large / 2.**20, small, rtol=1e-5, atol=0)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_dtypes_of_the_result_and_its_gradient(dtype):
    rng = np.random.default_rng(3)
    frames = random_frames(rng, (1, 3, 3, 8, 8))
    arguments = (frames, [3], random_theta(rng, 1, 1, (0.3, 2)), (1, 3, 4),
                 LINEAR_TIME)
    mean, std = torch.full((3, ), 120.), torch.full((3, ), 60.)
    exact = forward(*arguments, mean, std)
    got = forward(*arguments, mean, std, dtype)
    assert got.dtype == dtype
    torch.testing.assert_close(got.float(), exact, rtol=1e-2, atol=1e-2)
    grad = torch.ones(1, 1, 1, 1, 1, dtype=dtype, device=DEVICE)
    by_half = backward(grad.expand_as(got), *arguments, std)  # strides of 0
    by_float = backward(torch.ones_like(exact), *arguments, std)
    torch.testing.assert_close(by_half, by_float)


def test_same_bits_every_time():
    """Several tiles write to the same gradient."""
    rng = np.random.default_rng(9)
    frames = random_frames(rng, (1, 3, 3, 8, 20))
    arguments = (frames, [3], random_theta(rng, 1, 1), (1, 4, 40),
                 Filters('linear', 'linear'))
    grad = torch.randn(1, 1, 3, 4, 40)
    once, again = (backward(grad, *arguments) for _ in range(2))
    for one, other in zip(once, again):
        assert torch.equal(one, other)


@pytest.mark.parametrize('axis', range(5))
def test_offsets_beyond_32_bits(axis):
    """A stride fits into 32 bits, the offset of the third item does not.

    As in a batch of 8 videos of 150 frames of 1080 x 1920 px. Only the touched
    pages of the memory exist where the kernel is interpreted.
    """
    shape = [1, 1, 1, 2, 4]
    shape[axis] = 3 if axis < 4 else 4
    steps = [32, 32, 32, 8, 1]
    steps[axis] = 2**30 + 64
    size = 1 + sum((n - 1) * step for n, step in zip(shape, steps))
    assert size > 2**31
    memory = torch.empty(size, dtype=torch.uint8, device=DEVICE)
    rng = np.random.default_rng(11)
    frames = memory.as_strided(shape, steps)
    frames.copy_(random_frames(rng, shape, 'TCHW'))
    batch = shape[0]
    theta = random_theta(rng, batch, 1, (0.3, 2))
    check(frames, [shape[1]] * batch, theta, (1, 2, 3), *LINEAR_TIME)


@pytest.mark.skipif(INTERPRETED, reason='all blocks are small then')
def test_every_configuration(monkeypatch):
    rng = np.random.default_rng(10)
    frames = random_frames(rng, (2, 20, 3, 112, 112))
    theta = random_theta(rng, 2, 2, (0.3, 3))
    for kernel, configs in CONFIGS.items():
        for config in configs:
            monkeypatch.setattr(kernel, 'configs', [config])
            check(frames, [20, 9], theta, (2, 144, 100))
        monkeypatch.undo()


@pytest.mark.skipif(INTERPRETED, reason='only a GPU captures graphs')
def test_cuda_graph():
    """After one run, which checks and tunes the kernels."""
    rng = np.random.default_rng(12)
    frames = random_frames(rng, (2, 20, 3, 32, 48))
    theta = Theta(*(n.to(DEVICE) for n in random_theta(rng, 2, 3, (0.3, 2))))

    def run():
        return sample_window(
            frames, None, theta, (3, 16, 16), backend='triton')

    run()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = run()
    frames.copy_(random_frames(rng, frames.shape))
    graph.replay()
    assert torch.equal(out, run())


@pytest.mark.skipif(INTERPRETED, reason='Triton needs a GPU for CUDA tensors')
@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
def test_compiled_network(dtype):
    """Forward and backward as one graph, with the kernels in it."""
    rng = np.random.default_rng(13)
    frames = random_frames(rng, (2, 20, 3, 32, 48))
    theta = [n.to(DEVICE) for n in random_theta(rng, 2, 3, (0.3, 2))]

    def model(frames, scale, *theta):
        theta = Theta(*(number * scale for number in theta))
        return sample_window(frames, None, theta, (3, 16, 16), dtype=dtype)

    torch.compiler.reset()
    compiled = torch.compile(model, backend='aot_eager', fullgraph=True)
    results = []
    for function in (model, compiled):
        scale = torch.ones((), device=DEVICE, requires_grad=True)
        out = function(frames, scale, *theta)
        assert out.dtype == dtype
        results.append((out, *torch.autograd.grad(out.float().sum(), scale)))
    for one, other in zip(*results):
        torch.testing.assert_close(one, other)
