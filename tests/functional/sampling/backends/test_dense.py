import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from s2dnet_mmaction.functional import detail_sample
from s2dnet_mmaction.functional.sampling.backends import dense
from tests.support.sampling import check, make_frames, make_theta


def random_theta(rng, batch, num_frames, length, frame_size, reach=1.0):
    """Centres over the whole range, strides from a tenth to the frame."""

    def strides(full, shape):
        return np.exp(rng.uniform(np.log(0.1), np.log(full + 1), shape))

    space = (batch, num_frames)
    return dict(
        center_t=rng.uniform(-reach, reach, batch),
        stride_t=strides(length, batch),
        center_y=rng.uniform(-reach, reach, space),
        stride_y=strides(frame_size[0], space),
        center_x=rng.uniform(-reach, reach, space),
        stride_x=strides(frame_size[1], space))


def as_tensors(theta, dtype=torch.float32, grad=False):
    return {
        name: torch.tensor(value, dtype=dtype, requires_grad=grad)
        for name, value in theta.items()
    }


@pytest.mark.parametrize('kind', ['gaussian', 'linear'])
def test_full_size(kind):
    """The shapes of the paper, where sums are long and positions large, on
    the hardest frames: black next to white."""
    frames = 255 * (make_frames(1, 85, 3, (224, 224), last=True) > 127).byte()
    theta = make_theta(1, 3, stride=1.1)
    check(
        frames,
        None,
        theta, (3, 144, 144),
        'dense',
        temporal=kind,
        spatial=kind)


class LargestFloat(TorchDispatchMode):
    """Watches all operations for the largest float tensor they make."""

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, (tuple, list)) else (out, ):
            if isinstance(tensor, torch.Tensor) and \
                    tensor.is_floating_point():
                self.numbers = max(self.numbers, tensor.numel())
        return out


def test_uint8_is_never_widened_as_a_whole(monkeypatch):
    """Neither forward nor backward makes a float tensor anywhere near the
    size of the frames, with gradients and without."""
    monkeypatch.setattr(dense, '_BLOCK_NUMBERS', 20000)
    frames = torch.randint(0, 256, (2, 40, 3, 32, 32), dtype=torch.uint8)
    for grad in (True, False):
        theta = as_tensors(
            random_theta(np.random.default_rng(3), 2, 4, 40, (32, 32)),
            grad=grad)
        with LargestFloat() as watch:
            out = detail_sample(
                frames, **theta, size=(4, 8, 8), backend='dense')
            if grad:
                out.sum().backward()
        # the time-filtered frames: 4 of 40
        assert watch.numbers == frames.numel() // 10


def test_frames_are_widened_in_blocks(monkeypatch):
    """Many small blocks give what one block gives."""
    rng = np.random.default_rng(4)
    frames = torch.from_numpy(
        rng.integers(0, 256, (2, 5, 3, 7, 7)).astype(np.uint8))
    theta = as_tensors(random_theta(rng, 2, 3, 5, (7, 7)), grad=True)
    results = []
    for block in (1, 10 * 7, 1 << 21):
        monkeypatch.setattr(dense, '_BLOCK_NUMBERS', block)
        out = detail_sample(frames, **theta, size=(3, 4, 4), backend='dense')
        grads = torch.autograd.grad(out.square().sum(), theta.values())
        results.append((out, *grads))
    for other in results[:-1]:
        for got, expected in zip(other, results[-1]):
            torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-3)
