"""detail_sample against the equations, its gradients, its errors."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dnet_mmaction.functional import Theta, detail_sample
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window
from tests.support import reference
from tests.support.sampling import check, make_frames, make_theta, run

CPU_BACKENDS = ('dense', 'torch', 'numba')
BANDED = ('torch', 'numba')


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


@pytest.mark.parametrize('backend', CPU_BACKENDS)
@pytest.mark.parametrize('temporal', ['gaussian', 'linear'])
@pytest.mark.parametrize('spatial', ['gaussian', 'linear'])
def test_equals_float64_loop(temporal, spatial, backend):
    """Grid points outside the video and every length from 1 to T."""
    rng = np.random.default_rng(0)
    num_frames, size = 7, (3, 4, 5)
    frames = rng.integers(0, 256, (num_frames, num_frames, 3, 9, 11))
    frames = frames.astype(np.uint8)
    lengths = np.arange(1, num_frames + 1)
    theta = random_theta(rng, num_frames, size[0], num_frames, (9, 11))
    expected = reference.detail_sample(frames, lengths, theta, size, temporal,
                                       spatial, 1.0)
    got = detail_sample(
        torch.from_numpy(frames),
        torch.from_numpy(lengths),
        **as_tensors(theta),
        size=size,
        temporal=temporal,
        spatial=spatial,
        backend=backend)
    assert got.dtype == torch.float32
    assert np.abs(got.numpy() - expected).max() < 1e-3


@settings(max_examples=90, deadline=None, derandomize=True)
@given(
    batch=st.integers(1, 3),
    num_frames=st.integers(1, 6),
    channels=st.integers(1, 3),
    frame_size=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    size=st.tuples(
        st.integers(1, 4), st.integers(1, 5), st.integers(1, 5)),
    temporal=st.sampled_from(['gaussian', 'linear']),
    spatial=st.sampled_from(['gaussian', 'linear']),
    var=st.floats(0.3, 4.0),
    as_float=st.booleans(),
    backend=st.sampled_from(CPU_BACKENDS),
    seed=st.integers(0, 2**16))
def test_equals_float64_loop_for_any_shape(batch, num_frames, channels,
                                           frame_size, size, temporal, spatial,
                                           var, as_float, backend, seed):
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (batch, num_frames, channels, *frame_size))
    frames = frames.astype(np.float32 if as_float else np.uint8)
    lengths = rng.integers(1, num_frames + 1, batch)
    theta = random_theta(rng, batch, size[0], num_frames, frame_size)
    expected = reference.detail_sample(frames, lengths, theta, size, temporal,
                                       spatial, var)
    got = detail_sample(
        torch.from_numpy(frames),
        torch.from_numpy(lengths),
        **as_tensors(theta),
        size=size,
        temporal=temporal,
        spatial=spatial,
        var=var,
        backend=backend)
    assert got.shape == expected.shape
    assert np.abs(got.numpy() - expected).max() < 1e-3


@pytest.mark.parametrize('temporal', ['gaussian', 'linear'])
@pytest.mark.parametrize('spatial', ['gaussian', 'linear'])
def test_gradients(temporal, spatial):
    """All six parameters and the frames, float64."""
    rng = np.random.default_rng(1)
    frames = torch.tensor(
        rng.uniform(0, 1, (2, 4, 2, 5, 6)), requires_grad=True)
    lengths = torch.tensor([3, 4])
    theta = Theta(
        **as_tensors(
            random_theta(rng, 2, 3, 4, (5, 6), reach=0.7), torch.float64,
            True))

    def run(frames, *theta):
        return detail_sample(
            frames,
            lengths,
            **Theta(*theta)._asdict(),
            size=(3, 2, 3),
            temporal=temporal,
            spatial=spatial)

    assert torch.autograd.gradcheck(run, (frames, *theta))


def test_gradients_from_uint8_frames():
    rng = np.random.default_rng(2)
    frames = torch.from_numpy(
        rng.integers(0, 256, (2, 5, 3, 6, 6)).astype(np.uint8))
    theta = Theta(
        **as_tensors(random_theta(rng, 2, 2, 5, (6, 6)), torch.float64, True))

    def run(*theta):
        return detail_sample(
            frames, **Theta(*theta)._asdict(), size=(2, 3, 3)) / 255

    assert torch.autograd.gradcheck(run, tuple(theta))


@pytest.mark.parametrize('backend', CPU_BACKENDS)
def test_graph_keeps_no_float_copy_of_the_frames(backend):
    """What autograd saves of uint8 frames is the uint8 frames."""
    frames = torch.randint(0, 256, (2, 40, 3, 32, 32), dtype=torch.uint8)
    theta = as_tensors(
        random_theta(np.random.default_rng(3), 2, 4, 40, (32, 32)), grad=True)
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        detail_sample(frames, **theta, size=(4, 8, 8), backend=backend)
    floats = [t for t in saved if t.is_floating_point()]
    assert floats
    assert max(t.numel() for t in floats) < frames.numel() / 5


@pytest.mark.parametrize('backend', CPU_BACKENDS)
@pytest.mark.parametrize(
    'layout', ['TCHW', 'THWC', 'cropped', 'THWC cropped', 'strided', 'CHWT'])
def test_any_strides(layout, backend):
    rng = np.random.default_rng(5)
    frames = torch.from_numpy(
        rng.integers(0, 256, (2, 5, 3, 8, 9)).astype(np.uint8))
    theta = as_tensors(random_theta(rng, 2, 3, 5, (8, 9)))
    expected = detail_sample(
        frames, **theta, size=(3, 4, 4), backend='dense')
    if layout == 'THWC':
        frames = frames.permute(0, 1, 3, 4, 2).contiguous().permute(
            0, 1, 4, 2, 3)
    elif layout.endswith('cropped'):
        frames = torch.nn.functional.pad(frames, (2, 3, 1, 4))
        if layout == 'THWC cropped':
            frames = frames.permute(0, 1, 3, 4, 2).contiguous().permute(
                0, 1, 4, 2, 3)
        frames = frames[..., 1:9, 2:11]
    elif layout == 'CHWT':
        frames = frames.permute(0, 2, 3, 4, 1).contiguous().permute(
            0, 4, 1, 2, 3)
    elif layout == 'strided':
        frames = frames.repeat_interleave(2, dim=1)[:, ::2]
    got = detail_sample(frames, **theta, size=(3, 4, 4), backend=backend)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-3)


def test_float32_under_autocast():
    rng = np.random.default_rng(8)
    frames = torch.from_numpy(
        rng.integers(0, 256, (1, 4, 3, 6, 6)).astype(np.uint8))
    theta = as_tensors(random_theta(rng, 1, 2, 4, (6, 6)), grad=True)
    expected = detail_sample(frames, **theta, size=(2, 3, 3))
    with torch.autocast('cpu', torch.bfloat16):
        got = detail_sample(frames, **theta, size=(2, 3, 3))
    assert torch.equal(got, expected)


class TestErrors:
    """What, got, expected, remedy."""

    def call(self, **changes):
        arguments = dict(
            frames=torch.zeros(2, 4, 3, 8, 8, dtype=torch.uint8),
            lengths=torch.tensor([4, 2]),
            center_t=torch.zeros(2),
            stride_t=torch.ones(2),
            center_y=torch.zeros(2, 3),
            stride_y=torch.ones(2, 3),
            center_x=torch.zeros(2, 3),
            stride_x=torch.ones(2, 3),
            size=(3, 4, 4))
        arguments.update(changes)
        frames = arguments.pop('frames')
        return detail_sample(frames, arguments.pop('lengths'), **arguments)

    def test_defaults_are_valid(self):
        assert self.call().shape == (2, 3, 3, 4, 4)

    @pytest.mark.parametrize('changes, error, match', [
        (dict(frames=torch.zeros(2, 4, 3, 8, 8, dtype=torch.int32)),
         TypeError, r'frames.dtype: got torch.int32, expected torch.uint8'),
        (dict(frames='video.mp4'), TypeError, 'frames: got str'),
        (dict(frames=torch.zeros(4, 3, 8, 8)), ValueError, 'frames.shape'),
        (dict(frames=torch.zeros(2, 0, 3, 8, 8)), ValueError, 'no empty'),
        (dict(lengths=torch.tensor([4., 2.])), TypeError,
         'lengths.dtype: got torch.float32, expected integers'),
        (dict(lengths=[4, 2]), TypeError, 'lengths: got list'),
        (dict(lengths=torch.tensor([4])), ValueError, r'lengths.shape'),
        (dict(lengths=torch.tensor([0, 4])), ValueError, 'from 0 to 4'),
        (dict(lengths=torch.tensor([5, 4])), ValueError, 'from 4 to 5'),
        (dict(size=(3, 4)), ValueError, 'size: got'),
        (dict(size=(0, 4, 4)), ValueError, 'size: got 0'),
        (dict(size=(3, 4, -1)), ValueError, 'size: got -1'),
        (dict(size=(3, 4., 4)), TypeError, 'size: got 4.0'),
        (dict(temporal='cubic'), ValueError,
         r"temporal: got 'cubic', expected one of \['gaussian', 'linear'\]"),
        (dict(spatial=None), ValueError, 'spatial: got None'),
        (dict(var=0), ValueError, 'var: got 0'),
        (dict(var='1'), TypeError, "var: got '1'"),
        (dict(stride_t=torch.tensor([1., 0.])), ValueError,
         r'stride_t: got a minimum of 0.0, expected strides > 0'),
        (dict(stride_x=-torch.ones(2, 3)), ValueError, 'stride_x: got a min'),
        (dict(center_t=torch.zeros(2, 1)), ValueError,
         r'center_t.shape: got \(2, 1\), expected \(2,\)'),
        (dict(center_y=torch.zeros(2)), ValueError, r'center_y.shape'),
        (dict(center_x=torch.zeros(2, 3, dtype=torch.int64)), TypeError,
         'center_x.dtype: got torch.int64'),
        (dict(stride_y=torch.full((2, 3), float('nan'))), ValueError,
         'stride_y: got NaN'),
        (dict(stride_y=torch.full((2, 3), float('inf'))), ValueError,
         'infinite'),
        (dict(mean=torch.zeros(1)), ValueError,
         r'mean.shape: got \(1,\), expected \(3,\)'),
        (dict(std=torch.ones(3, 1)), ValueError, r'std.shape: got \(3, 1\)'),
        (dict(std=torch.ones(3, requires_grad=True)), ValueError,
         'std: got a tensor that requires a gradient'),
        (dict(backend='fast'), ValueError, "backend: got 'fast', expected"),
        (dict(backend='triton'), RuntimeError, 'and a cuda device'),
        (dict(backend='numba', center_t=torch.zeros(2).double()),
         RuntimeError, 'float32 parameters'),
    ])
    def test_bad_input(self, changes, error, match):
        with pytest.raises(error, match=match):
            self.call(**changes)

    def test_parameters_are_keyword_only(self):
        with pytest.raises(TypeError):
            detail_sample(
                torch.zeros(1, 1, 1, 1, 1), None, torch.zeros(1))


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
