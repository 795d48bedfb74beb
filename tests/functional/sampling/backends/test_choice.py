"""The banded samplers against the dense reference in float64."""

import multiprocessing

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dnet_mmaction.functional import Theta, detail_sample
from s2dnet_mmaction.functional.sampling.backends import choice
from s2dnet_mmaction.functional.sampling.backends.choice import choose_backend
from s2dnet_mmaction.functional.sampling.bands import half_width
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window

BANDED = ('torch', 'numba')


def make_theta(batch, frames_out, center=None, stride=None, seed=0):
    """Random numbers, or one centre / stride for all axes."""
    generator = torch.Generator().manual_seed(seed)

    def draw(shape, value, low, high):
        if value is not None:
            return torch.full(shape, float(value))
        return low + (high - low) * torch.rand(shape, generator=generator)

    numbers = []
    for shape in ((batch, ), (batch, frames_out), (batch, frames_out)):
        numbers.append(draw(shape, center, -1, 1))
        # strides from 0.05 to 50, evenly in their logarithm
        numbers.append(draw(shape, stride, 0, 1))
        if stride is None:
            numbers[-1] = 0.05 * 1000**numbers[-1]
    return Theta(*numbers)


def make_frames(batch, num_frames, channels, frame_size, seed=0, last=False):
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, num_frames, channels, *frame_size)
    frames = torch.randint(
        0, 256, shape, dtype=torch.uint8, generator=generator)
    if last:  # channels last in memory
        frames = frames.permute(0, 1, 3, 4, 2).contiguous()
        frames = frames.permute(0, 1, 4, 2, 3)
    return frames


def run(frames, lengths, theta, size, backend, dtype=torch.float32, **options):
    """The volume, and the gradients of a weighed sum of it."""
    theta = Theta(*(n.to(dtype, copy=True).requires_grad_() for n in theta))
    volume = detail_sample(
        frames,
        lengths,
        **theta._asdict(),
        size=size,
        backend=backend,
        **options)
    weights = torch.randn(
        volume.shape, generator=torch.Generator().manual_seed(1))
    return volume, torch.autograd.grad((volume * weights).sum(), theta)


def check(frames, lengths, theta, size, backend, atol=1e-3, **options):
    """Values within 1e-3 of 0..255, gradients within 1e-3 of their norm."""
    volume, grads = run(frames, lengths, theta, size, backend, **options)
    expected, expected_grads = run(frames, lengths, theta, size, 'dense',
                                   torch.float64, **options)
    assert volume.dtype == torch.float32
    assert (volume - expected).abs().max() < atol
    # In the parameters' own units a gradient is the sum of many numbers of
    # either sign; where they all but cancel, float32 keeps few digits.
    count = volume[0, 0].numel()
    for name, got, wanted in zip(Theta._fields, grads, expected_grads):
        assert got.shape == wanted.shape
        error = (got - wanted).norm()
        assert error <= 1e-3 * wanted.norm() + 1e-4 * count**0.5, name


@pytest.mark.parametrize('backend', BANDED)
@pytest.mark.parametrize('last', [False, True])
@pytest.mark.parametrize('center', [None, -0.999, 0, 0.999])
@pytest.mark.parametrize('stride', [None, 0.05, 1, 50, 1e8])
def test_adversarial_grids(backend, last, center, stride):
    """Windows off the frame, smaller than a pixel, larger than the video."""
    frames = make_frames(3, 30, 3, (40, 33), last=last)
    lengths = torch.tensor([30, 1, 13])
    theta = make_theta(3, 4, center, stride)
    check(frames, lengths, theta, (4, 9, 7), backend)


@pytest.mark.parametrize('backend', BANDED)
@pytest.mark.parametrize('var', [1e-4, 0.01, 0.3, 9.0, 400.0, 1e30])
def test_variances(backend, var):
    """The torch backend has weights in float32, where a step from sample to
    sample that is 1e-4 px wide shows."""
    atol = 1e-3 if var > 1e-3 or backend == 'numba' else 0.1
    frames = make_frames(2, 30, 3, (40, 33))
    theta = make_theta(2, 4)
    check(frames, None, theta, (4, 9, 7), backend, atol, var=var)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    length=st.integers(1, 150),
    channels=st.integers(1, 4),
    frame_size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    size=st.tuples(
        st.integers(1, 5), st.integers(1, 20), st.integers(1, 20)),
    temporal=st.sampled_from(['gaussian', 'linear']),
    spatial=st.sampled_from(['gaussian', 'linear']),
    last=st.booleans(),
    backend=st.sampled_from(BANDED),
    seed=st.integers(0, 2**16))
def test_any_shape(length, channels, frame_size, size, temporal, spatial, last,
                   backend, seed):
    frames = make_frames(2, 150, channels, frame_size, seed, last)
    lengths = torch.tensor([length, 150])
    theta = make_theta(2, size[0], seed=seed)
    check(
        frames,
        lengths,
        theta,
        size,
        backend,
        temporal=temporal,
        spatial=spatial)


@pytest.mark.parametrize('backend', ('dense', *BANDED))
@pytest.mark.parametrize('kind', ['gaussian', 'linear'])
def test_full_size(backend, kind):
    """The shapes of the paper, where sums are long and positions large, on
    the hardest frames: black next to white."""
    frames = 255 * (make_frames(1, 85, 3, (224, 224), last=True) > 127).byte()
    theta = make_theta(1, 3, stride=1.1)
    check(
        frames,
        None,
        theta, (3, 144, 144),
        backend,
        temporal=kind,
        spatial=kind)


@pytest.mark.parametrize('backend', ('dense', *BANDED))
def test_statistics_and_dtype(backend):
    frames = make_frames(2, 9, 3, (12, 12), last=True)
    theta = make_theta(2, 2)
    mean, std = torch.tensor([10., 20., 30.]), torch.tensor([2., 4., 8.])
    raw, _ = run(frames, None, theta, (2, 5, 6), backend)
    got, grads = run(
        frames, None, theta, (2, 5, 6), backend, mean=mean, std=std)
    expected = (raw - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-4)
    _, expected = run(
        frames,
        None,
        theta, (2, 5, 6),
        'dense',
        torch.float64,
        mean=mean,
        std=std)
    for one, other in zip(grads, expected):
        torch.testing.assert_close(one.double(), other, rtol=1e-3, atol=1e-3)
    half = detail_sample(
        frames,
        **theta._asdict(),
        size=(2, 5, 6),
        dtype=torch.bfloat16,
        backend=backend)
    torch.testing.assert_close(half, raw.to(torch.bfloat16))


@pytest.mark.parametrize('backend', BANDED)
def test_only_the_window_is_read(backend):
    """NaN on whatever no filter reaches does not show."""
    half = half_width('gaussian', 1.0)
    frames = torch.full((1, 60, 2, 50, 50), float('nan'))
    # Grid points from 27.5 to 31.5 in time, 22.5 to 26.5 in space.
    frames[:, 27 - half + 1:31 + half + 1, :, 22 - half + 1:26 + half + 1,
           22 - half + 1:26 + half + 1] = 7
    theta = make_theta(1, 5, center=0, stride=1)
    out = detail_sample(
        frames, **theta._asdict(), size=(5, 5, 5), backend=backend)
    torch.testing.assert_close(out, torch.full_like(out, 7))
    # ... and the window is not larger than need be
    frames[:, 31 + half] = float('nan')
    out = detail_sample(
        frames, **theta._asdict(), size=(5, 5, 5), backend=backend)
    assert out.isnan().any()


@pytest.mark.parametrize('backend', ('dense', *BANDED))
def test_diverged_parameters_give_nan(backend):
    """Where the check is left out, NaN comes out as NaN: no crash, no
    number that looks healthy."""
    frames = make_frames(2, 9, 3, (12, 12))
    for field in Theta._fields:
        theta = make_theta(2, 2)._asdict()
        theta[field][0] = float('nan')
        volume = sample_window(
            frames, None, Theta(**theta), (2, 5, 6), backend=backend)
        assert volume[0].isnan().all()
        assert volume[1].isfinite().all()


@pytest.mark.parametrize('last', [False, True])
@pytest.mark.parametrize('grad_last', [False, True])
def test_gradient_of_any_strides(last, grad_last):
    """The next layer may hand back its gradient in any layout."""
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
    """Of a 3D net that takes one frame: strides of axes of length 1 are
    whatever they were."""
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


@pytest.mark.parametrize('backend', BANDED)
def test_nothing_beyond_the_tensors_is_read(backend):
    """Where the checks are left out, wrong lengths and statistics must not
    reach other memory."""
    theta = make_theta(1, 2)
    frames = torch.zeros(1, 6, 3, 9, 9, dtype=torch.uint8)
    if backend == 'numba':
        volume = sample_window(
            frames, torch.tensor([4000]), theta, (2, 5, 5), backend=backend)
        assert (volume == 0).all()
    with pytest.raises(ValueError, match=r'std: got \(1,\), expected \(3,\)'):
        sample_window(
            frames,
            None,
            theta, (2, 5, 5),
            std=torch.ones(1),
            backend=backend)


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
    """It has none of the threads of the process that has sampled."""
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


class TestChoice:

    def setup_method(self):
        self.frames = make_frames(1, 4, 3, (6, 6))
        self.theta = make_theta(1, 2)

    def test_auto_is_numba_on_a_cpu(self):
        assert choose_backend(self.frames, self.theta) == 'numba'
        assert choose_backend(self.frames.float(), self.theta) == 'numba'

    def test_half_frames_are_widened_by_torch(self):
        assert choose_backend(self.frames.half(), self.theta) == 'torch'

    def test_dense_where_only_it_can(self):
        wanting = self.frames.float().requires_grad_()
        assert choose_backend(wanting, self.theta) == 'dense'
        with torch.no_grad():
            assert choose_backend(wanting, self.theta) == 'numba'
        precise = Theta(*(n.double() for n in self.theta))
        assert choose_backend(self.frames, precise) == 'dense'

    def test_without_numba(self, monkeypatch):
        monkeypatch.setitem(choice._KERNELS, 'numba', 'no_such_module')
        monkeypatch.setattr(choice, '_PROBLEMS', {})
        assert choose_backend(self.frames, self.theta) == 'torch'
        problem = choice.missing_kernels(torch.device('cpu'))
        assert problem.startswith('numba cannot be imported: No module')
        with pytest.raises(RuntimeError, match='Install numba, or use'):
            choose_backend(self.frames, self.theta, 'numba')


class TestOperator:
    """As torch sees it."""

    def arguments(self):
        frames = make_frames(2, 9, 3, (12, 12), last=True)
        theta = make_theta(2, 4)
        return (frames, torch.tensor([9, 4]), *theta, [4, 5, 6], 'gaussian',
                'gaussian', 1.0, torch.zeros(3), torch.ones(3))

    def test_shape_function_tells_the_truth(self):
        arguments = self.arguments()
        torch.library.opcheck(
            torch.ops.s2dnet.sample.default,
            (*arguments, torch.float32, 'numba'),
            test_utils=('test_schema', 'test_faketensor'))
        grad = torch.randn(2, 4, 3, 5, 6)
        torch.library.opcheck(
            torch.ops.s2dnet.sample_backward.default,
            (grad, *arguments[:-2], torch.ones(3), 'numba'),
            test_utils=('test_schema', 'test_faketensor'))

    def test_parameters_of_any_strides(self):
        arguments = list(self.arguments())
        for n in range(4, 8):
            arguments[n] = arguments[n].T.contiguous().T
        torch.library.opcheck(
            torch.ops.s2dnet.sample_backward.default,
            (torch.randn(2, 4, 3, 5, 6), *arguments[:-2], torch.ones(3),
             'numba'),
            test_utils=('test_schema', 'test_faketensor'))

    @pytest.mark.skipif(
        not hasattr(torch.compiler, 'is_exporting'),
        reason='this torch cannot tell export from compile')
    def test_exported_graph_needs_no_kernel(self):

        class Sampler(torch.nn.Module):

            def forward(self, frames, *theta):
                return sample_window(frames, None, Theta(*theta), (4, 5, 6))

        program = torch.export.export(
            Sampler(), (make_frames(2, 9, 3, (12, 12)), *make_theta(2, 4)))
        assert 's2dnet' not in str(program.graph)

    def test_compiles_without_a_break(self):
        frames, theta = make_frames(2, 9, 3, (12, 12)), make_theta(2, 4)
        assert choice.problem_with('numba') is None

        def model(scale, *theta):
            theta = Theta(*(n * scale for n in theta))
            return 2 * sample_window(frames, None, theta, (4, 5, 6)) + 1

        compiled = torch.compile(model, backend='aot_eager', fullgraph=True)
        results = []
        for function in (model, compiled):
            scale = torch.tensor(0.9, requires_grad=True)
            out = function(scale, *theta)
            results.append((out, *torch.autograd.grad(out.sum(), scale)))
        for one, other in zip(*results):
            torch.testing.assert_close(one, other)
