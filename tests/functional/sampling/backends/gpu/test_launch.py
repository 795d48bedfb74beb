import numpy as np
import pytest
import torch

from tests.support.triton_kernels import (  # noqa: F401
    CONFIGS,
    DEVICE,
    INTERPRETED,
    KINDS,
    LAYOUTS,
    check,
    environment,
    interpreter,
    launch,
    on_device,
    random_frames,
    random_theta,
    theta_of,
)


@pytest.mark.parametrize('layout', LAYOUTS)
def test_layouts(layout):
    rng = np.random.default_rng(1)
    frames = random_frames(rng, (2, 5, 3, 9, 12), layout)
    assert launch._channels_at_once(frames) == dict(
        TCHW=(1, True), THWC=(3, True), cropped=(3, True)).get(
            layout, (1, False))
    theta = random_theta(rng, 2, 2, (0.3, 2))
    check(frames, [5, 4], theta, (2, 3, 4), 'linear')


@pytest.mark.parametrize('dtype', [
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.uint8
])
def test_dtypes_of_frames(dtype):
    rng = np.random.default_rng(2)
    frames = random_frames(rng, (1, 4, 2, 7, 8)).to(dtype)
    theta = random_theta(rng, 1, 2, (0.3, 2))
    check(frames, [4], theta, (2, 3, 4), 'linear')


def test_float_frames_beyond_float16():
    rng = np.random.default_rng(2)
    frames = random_frames(rng, (1, 4, 2, 7, 8)).float()
    theta = on_device(random_theta(rng, 1, 2, (0.3, 2)))
    lengths = torch.tensor([4], device=DEVICE)
    mean, std = torch.zeros(2, device=DEVICE), torch.ones(2, device=DEVICE)
    small, large = (
        launch.sample_forward(pixels, lengths, theta, (2, 3, 4),
                                     'linear', 'gaussian', 1.0, mean, std)
        for pixels in (frames, frames * 2.**20))
    torch.testing.assert_close(large / 2.**20, small, rtol=1e-5, atol=0)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_dtypes_of_the_result_and_its_gradient(dtype):
    rng = np.random.default_rng(3)
    theta = on_device(random_theta(rng, 1, 1, (0.3, 2)))
    frames = random_frames(rng, (1, 3, 3, 8, 8))
    arguments = (frames, torch.tensor([3], device=DEVICE), theta, (1, 3, 4),
                 'linear', 'gaussian', 1.0)
    mean = torch.full((3, ), 120., device=DEVICE)
    std = torch.full((3, ), 60., device=DEVICE)
    exact = launch.sample_forward(*arguments, mean, std)
    got = launch.sample_forward(*arguments, mean, std, dtype)
    assert got.dtype == dtype
    torch.testing.assert_close(got.float(), exact, rtol=1e-2, atol=1e-2)
    grad = torch.ones(1, 1, 1, 1, 1, device=DEVICE, dtype=dtype)
    by_half = launch.sample_backward(
        grad.expand_as(got), *arguments, std)  # strides of zero
    by_float = launch.sample_backward(
        torch.ones_like(exact), *arguments, std)
    torch.testing.assert_close(by_half, by_float)


def test_same_bits_every_time():
    rng = np.random.default_rng(9)
    frames = random_frames(rng, (1, 3, 3, 8, 20))
    theta = on_device(random_theta(rng, 1, 1))
    ones = torch.ones(3, device=DEVICE)
    arguments = (frames, torch.tensor([3], device=DEVICE), theta, (1, 4, 40),
                 'linear', 'linear', 1.0)
    grad = torch.randn(1, 1, 3, 4, 40, device=DEVICE)
    once = launch.sample_backward(grad, *arguments, ones)
    again = launch.sample_backward(grad, *arguments, ones)
    for one, other in zip(once, again):
        assert torch.equal(one, other)
