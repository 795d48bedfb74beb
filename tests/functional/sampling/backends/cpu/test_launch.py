import multiprocessing

import pytest
import torch

from s2dnet_mmaction.functional import Theta, detail_sample
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window
from tests.support.sampling import check, make_frames, make_theta, run


@pytest.mark.parametrize('last', [False, True])
@pytest.mark.parametrize('grad_last', [False, True])
def test_gradient_of_any_strides(last, grad_last):
    """The gradient from the next layer may have any layout."""
    frames = make_frames(2, 9, 3, (12, 14), last=last)
    theta = Theta(*(n.requires_grad_() for n in make_theta(2, 4)))
    volume = detail_sample(
        frames, **theta._asdict(), size=(4, 5, 6), backend='numba')
    weights = torch.randn(2, 4, 3, 5, 6)
    expected = torch.autograd.grad(
        volume, theta, weights.contiguous(), retain_graph=True)
    if grad_last:
        weights = weights.permute(0, 1, 3, 4, 2).contiguous().permute(
            0, 1, 4, 2, 3)
    else:
        weights = weights.transpose(0, 1).contiguous().transpose(0, 1)
    for one, other in zip(
            torch.autograd.grad(volume, theta, weights), expected):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_gradient_of_one_frame():
    """A 3D net may take one frame. The stride of an axis of length 1 may be
    any number."""
    frames, theta = make_frames(3, 9, 3, (12, 14)), make_theta(3, 1)
    weights = torch.randn(3, 3, 1, 5, 6).transpose(1, 2)  # (B, T_D, C, ...)
    grads = []
    for backend in ('numba', 'dense'):
        theta = Theta(*(n.detach().requires_grad_() for n in theta))
        volume = detail_sample(
            frames, **theta._asdict(), size=(1, 5, 6), backend=backend)
        grads.append(torch.autograd.grad(volume, theta, weights))
    for one, other in zip(*grads):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize('axis', [0, 1, 2, 3, 4])
def test_axes_of_one_sample_of_any_stride(axis):
    shape = [3, 4, 3, 6, 5]
    shape[axis] = 1
    frames = torch.randint(0, 256, shape, dtype=torch.uint8)
    for other in range(5):  # the axis' stride becomes another's
        order = list(range(5))
        order[axis], order[other] = order[other], order[axis]
        turned = frames.permute(order).contiguous().permute(order)
        theta = make_theta(shape[0], 2)
        check(turned, None, theta, (2, 4, 3), 'numba')


def test_wrong_lengths_do_not_read_other_memory():
    """sample_window does not check them."""
    frames = torch.zeros(1, 6, 3, 9, 9, dtype=torch.uint8)
    volume = sample_window(
        frames,
        torch.tensor([4000]),
        make_theta(1, 2), (2, 5, 5),
        backend='numba')
    assert (volume == 0).all()


def test_threads_do_not_change_a_bit():
    frames = make_frames(2, 20, 3, (30, 30), last=True)
    theta = make_theta(2, 5)
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            volume, grads = run(frames, None, theta, (5, 9, 9), 'numba')
            results.append((volume, *grads))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        for one, two in zip(results[0], other):
            assert torch.equal(one, two)


def _sample_in_child(queue, frames, theta):
    queue.put(
        detail_sample(
            frames, **theta._asdict(), size=(2, 5, 5),
            backend='numba').numpy())


def test_forked_process():
    """It does not have the threads of its parent, which has sampled."""
    frames, theta = make_frames(1, 9, 3, (12, 12)), make_theta(1, 2)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        expected = detail_sample(
            frames, **theta._asdict(), size=(2, 5, 5), backend='numba')
        context = multiprocessing.get_context('fork')
        queue = context.SimpleQueue()
        child = context.Process(
            target=_sample_in_child, args=(queue, frames, theta))
        child.start()
        child.join(60)
        assert child.exitcode == 0
        assert torch.equal(torch.from_numpy(queue.get()), expected)
    finally:
        torch.set_num_threads(before)
