import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.backends import dense
from s2dnet_mmaction.functional.sampling.backends.dense import sample_dense
from s2dnet_mmaction.functional.sampling.filters import Filters
from tests.support.sampling import check, make_frames, make_theta


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
    """Records the size of the largest float tensor of all operations."""

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
    """The largest float tensor, in forward and backward, is small."""
    monkeypatch.setattr(dense, '_BLOCK_NUMBERS', 20000)
    frames = torch.randint(0, 256, (2, 40, 3, 32, 32), dtype=torch.uint8)
    for grad in (True, False):
        theta = [n.requires_grad_(grad) for n in make_theta(2, 4)]
        with LargestFloat() as watch:
            out = sample_dense(frames, None, Theta(*theta), (4, 8, 8),
                               Filters())
            if grad:
                out.sum().backward()
        # the time-filtered frames: 4 of 40
        assert watch.numbers == frames.numel() // 10


def test_frames_are_widened_in_blocks(monkeypatch):
    """Many small blocks give the same as one block."""
    frames = make_frames(2, 5, 3, (7, 7))
    theta = Theta(*(n.requires_grad_() for n in make_theta(2, 3)))
    results = []
    for block in (1, 10 * 7, 1 << 21):
        monkeypatch.setattr(dense, '_BLOCK_NUMBERS', block)
        out = sample_dense(frames, None, theta, (3, 4, 4), Filters())
        grads = torch.autograd.grad(out.square().sum(), theta)
        results.append((out, *grads))
    for other in results[:-1]:
        for got, expected in zip(other, results[-1]):
            torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-3)
