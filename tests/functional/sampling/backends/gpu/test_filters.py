import numpy as np
import pytest
import torch

from tests.support.triton_kernels import (  # noqa: F401
    DEVICE,
    KINDS,
    check,
    interpreter,
    random_frames,
    random_theta,
    theta_of,
)


@pytest.mark.parametrize('temporal', KINDS)
@pytest.mark.parametrize('spatial', KINDS)
def test_kinds(temporal, spatial):
    """Several tiles and blocks, two videos of different lengths."""
    rng = np.random.default_rng(0)
    frames = random_frames(rng, (2, 15, 3, 18, 20))
    theta = random_theta(rng, 2, 1, (0.3, 2))
    check(frames, [15, 3], theta, (1, 17, 5), temporal, spatial)


@pytest.mark.parametrize('center, stride', [
    ((0, 0, 0), (0.05, 0.05, 0.05)),
    ((0, 0, 0), (1e8, 1e8, 1e8)),
    ((-.99, .99, -.99), (50, 7, 50)),
    ((.99, -.99, .99), (3e10, 1e-6, 2)),
    ((.5, -1, 1), (7, 50, 1e8)),
])
def test_windows_far_off(center, stride):
    """Positions up to 1e11, which exceeds int32."""
    frames = random_frames(np.random.default_rng(4), (1, 13, 1, 14, 16))
    # Of an odd number of points one is at the centre, of an even one none.
    check(frames, [13], theta_of(1, 2, center, stride), (2, 4, 3))


@pytest.mark.parametrize('length', [1, 2, 11, 12, 13, 150])
def test_lengths(length):
    rng = np.random.default_rng(length)
    frames = random_frames(rng, (1, 150, 1, 4, 4))
    theta = theta_of(1, 2, (.3, .1, -.2), (length / 3, 1, 1))
    check(frames, [length], theta, (2, 2, 3))


@pytest.mark.parametrize('frame_size', [(1, 1), (1, 33), (37, 2)])
def test_narrow_frames(frame_size):
    rng = np.random.default_rng(5)
    frames = random_frames(rng, (1, 3, 1, *frame_size))
    check(frames, [3], random_theta(rng, 1, 2), (2, 3, 20), 'linear')


@pytest.mark.parametrize('var', [1e-12, 0.05, 60.])
def test_variances(var):
    """From no neighbour to more taps than are unrolled or than there are."""
    rng = np.random.default_rng(6)
    frames = random_frames(rng, (1, 14, 1, 9, 8), 'TCHW')
    # Off the middle between two samples, where a tiny variance makes steps.
    theta = theta_of(1, 1, (.11, .21, -.33), (0.7, 1.3, 0.9))
    check(frames, [14], theta, (1, 3, 2), var=var)


@pytest.mark.parametrize('kind', KINDS)
def test_sharp_edges(kind):
    """Positions are exact enough for steps from 0 to 255 at pixel 200."""
    frames = torch.zeros(2, 1, 1, 2, 224, dtype=torch.uint8, device=DEVICE)
    frames[..., 200::2] = 255
    theta = theta_of(2, 1, stride=(1, 1, .337))
    theta.center_x[:, 0] = torch.tensor([.7931, .8217])
    check(frames, [1, 1], theta, (1, 1, 16), spatial=kind)
