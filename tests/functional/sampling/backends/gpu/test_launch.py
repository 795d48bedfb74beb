"""The Triton kernels against the dense form in float64.

On a machine with a GPU they are compiled and run there, which takes minutes.
On any other, Triton's interpreter runs them on the CPU.
"""

import contextlib
import os
import platform
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.utils import digit_version

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window

if sys.platform != 'linux' or platform.machine() not in ('x86_64', 'aarch64'):
    pytest.skip('Triton has wheels for Linux only', allow_module_level=True)
if digit_version(version('triton')) < digit_version('3.4'):
    pytest.skip("this torch's Triton is too old", allow_module_level=True)

INTERPRETED = not torch.cuda.is_available()
DEVICE = 'cpu' if INTERPRETED else 'cuda'


@contextlib.contextmanager
def environment(**changes):
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# Whether a kernel is compiled or interpreted is settled where it is defined,
# and that includes the functions of triton.language.
SETTING = dict(TRITON_INTERPRET=str(int(INTERPRETED)))
TOO_EARLY = 'triton.language' in sys.modules and os.environ.get(
    'TRITON_INTERPRET', '0') != SETTING['TRITON_INTERPRET']
with environment(**SETTING):
    from s2dnet_mmaction.functional.sampling.backends.gpu import launch
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


@pytest.fixture(autouse=True, scope='module')
def interpreter():
    """Triton imports parts of itself only as a kernel runs."""
    with environment(**SETTING):
        for kernel, configs in CONFIGS.items():
            kernel.configs = configs[:1]  # or every shape would be tuned
        yield
        for kernel, configs in CONFIGS.items():
            kernel.configs = configs


KINDS = ('gaussian', 'linear')
LAYOUTS = ('TCHW', 'THWC', 'cropped', 'unaligned', 'strided')


def theta_of(batch, frames, center=(0, 0, 0), stride=(1, 1, 1)):
    """The same numbers, in order t, y, x, for all videos and frames."""
    shapes = (batch, ), (batch, frames), (batch, frames)
    return Theta(*(torch.full(shape, float(number))
                   for axis, shape in enumerate(shapes)
                   for number in (center[axis], stride[axis])))


def random_theta(rng, batch, frames, stride=(0.05, 50)):
    low, high = np.log(stride)
    theta = []
    for shape in ((batch, ), (batch, frames), (batch, frames)):
        theta += [
            rng.uniform(-1, 1, shape),
            np.exp(rng.uniform(low, high, shape))
        ]
    return Theta(*(torch.tensor(x, dtype=torch.float32) for x in theta))


def on_device(theta):
    return Theta(*(number.to(DEVICE) for number in theta))


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


def check(frames,
          lengths,
          theta,
          size,
          temporal='gaussian',
          spatial='gaussian',
          var=1.0,
          grad=True):
    """The result and, if asked for, all gradients. Returns the result."""
    rng = np.random.default_rng(0)
    lengths = torch.as_tensor(lengths)
    channels = frames.size(2)
    mean = torch.tensor(rng.uniform(90, 130, channels), dtype=torch.float32)
    std = torch.tensor(rng.uniform(40, 60, channels), dtype=torch.float32)
    options = (size, temporal, spatial, var)

    exact = Theta(*(x.double().requires_grad_() for x in theta))
    sampled = sample_window(frames.cpu(), lengths, exact, *options)
    expected = (sampled - mean[:, None, None]) / std[:, None, None]

    arguments = (frames, lengths.to(DEVICE), on_device(theta), *options)
    got = launch.sample_forward(*arguments, mean.to(DEVICE),
                                       std.to(DEVICE)).cpu()
    assert got.dtype == torch.float32 and got.is_contiguous()
    error = (got - expected) * std[:, None, None]
    assert error.abs().max() < 1e-3
    if grad:
        by_result = torch.tensor(
            rng.normal(size=expected.shape), dtype=torch.float32)
        gradients = launch.sample_backward(
            by_result.to(DEVICE), *arguments, std.to(DEVICE))
        by_exact = torch.autograd.grad(expected, exact, by_result.double())
        for name, one, other in zip(theta._fields, gradients, by_exact):
            assert one.dtype == torch.float32
            assert one.shape == other.shape
            # A gradient may be zero, and rounding all that there is.
            error = (one.cpu() - other).norm()
            assert error <= 1e-3 * other.norm() + 1e-5, name
    return got


@pytest.mark.parametrize('temporal', KINDS)
@pytest.mark.parametrize('spatial', KINDS)
def test_kinds(temporal, spatial):
    """Several tiles and blocks, two videos of different lengths."""
    rng = np.random.default_rng(0)
    frames = random_frames(rng, (2, 15, 3, 18, 20))
    theta = random_theta(rng, 2, 2, (0.3, 2))
    check(frames, [15, 3], theta, (2, 17, 5), temporal, spatial)


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


@pytest.mark.parametrize('center, stride', [
    ((0, 0, 0), (0.05, 0.05, 0.05)),
    ((0, 0, 0), (1e8, 1e8, 1e8)),
    ((-.99, .99, -.99), (50, 7, 50)),
    ((.99, -.99, .99), (3e10, 1e-6, 2)),
    ((.5, -1, 1), (7, 50, 1e8)),
])
def test_windows_far_off(center, stride):
    """Positions up to 1e11, which no int32 holds."""
    frames = random_frames(np.random.default_rng(4), (1, 13, 3, 14, 16))
    # Of an odd number of points one is at the centre, of an even one none.
    check(frames, [13], theta_of(1, 2, center, stride), (2, 4, 3))


@pytest.mark.parametrize('length', [1, 2, 11, 12, 13, 150])
def test_lengths(length):
    rng = np.random.default_rng(length)
    frames = random_frames(rng, (1, 150, 3, 4, 4))
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


def test_sharp_edges():
    """Positions are exact enough for steps from 0 to 255 at pixel 200."""
    frames = torch.zeros(1, 1, 1, 2, 224, dtype=torch.uint8, device=DEVICE)
    frames[..., 200::2] = 255
    for center in (.7931, .8217):
        theta = theta_of(1, 1, (0, 0, center), (1, 1, .337))
        check(frames, [1], theta, (1, 1, 16), spatial='linear')
        check(frames, [1], theta, (1, 1, 16))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    shape=st.tuples(
        st.integers(1, 2), st.integers(1, 5), st.integers(1, 3),
        st.integers(1, 9), st.integers(1, 12)),
    size=st.tuples(st.integers(1, 2), st.integers(1, 5), st.integers(1, 5)),
    temporal=st.sampled_from(KINDS),
    spatial=st.sampled_from(KINDS),
    var=st.floats(0.1, 1.0),
    layout=st.sampled_from(LAYOUTS),
    seed=st.integers(0, 2**16))
def test_any_shape(shape, size, temporal, spatial, var, layout, seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, shape[1] + 1, shape[0])
    check(
        random_frames(rng, shape, layout), lengths,
        random_theta(rng, shape[0], size[0]), size, temporal, spatial, var)


@pytest.mark.skipif(not INTERPRETED, reason='a GPU does not tell addresses')
@pytest.mark.parametrize('layout', ['TCHW', 'THWC', 'cropped', 'unaligned'])
def test_reads_valid_frames_only(layout, monkeypatch):
    """Every byte read is one of a valid frame, whatever theta holds."""
    from triton.language import int32, uint8
    from triton.runtime.interpreter import interpreter_builder as builder
    frames = random_frames(np.random.default_rng(7), (2, 4, 3, 7, 8), layout)
    lengths = torch.tensor([3, 1])
    index = torch.arange(frames.untyped_storage().nbytes()).as_strided(
        frames.shape, frames.stride(), frames.storage_offset())
    valid = {
        number
        for b, length in enumerate(lengths)
        for number in index[b, :length].flatten().tolist()
    }
    load, seen = builder.create_masked_load, set()

    def watched(pointers, mask, *rest):
        element = pointers.get_element_ty()
        if element in (uint8, int32):  # the frames', no other pointer's
            first = pointers.data[mask.data].astype(np.int64)
            first -= frames.untyped_storage().data_ptr()
            for byte in range(element.primitive_bitwidth // 8):
                seen.update((first + byte).tolist())
        return load(pointers, mask, *rest)

    monkeypatch.setattr(builder, 'create_masked_load', watched)
    ones = torch.ones(3)
    nan, inf = float('nan'), float('inf')
    with np.errstate(all='ignore'):
        for center, stride in ((0, 1e38), (1e38, 1), (-1e38, 0), (nan, 1),
                               (0, nan), (inf, 1), (-inf, -3), (.5, -1e30)):
            theta = theta_of(2, 1, (center, ) * 3, (stride, ) * 3)
            arguments = (frames, lengths, theta, (1, 3, 3), 'linear',
                         'gaussian', .2)
            out = launch.sample_forward(*arguments, ones, ones)
            if np.isnan(center + stride):
                assert out.isnan().all()
        launch.sample_backward(out, *arguments, ones)
    assert seen
    assert seen <= valid


def test_nan_around_the_frames():
    """What is padding or past the border does not even count as zero."""
    rng = np.random.default_rng(8)
    frames = random_frames(rng, (2, 4, 3, 7, 8), 'TCHW').float()
    poisoned = frames.new_full((2, 6, 3, 9, 11), float('nan'))
    cropped = poisoned[:, 1:5, :, 1:8, 2:10]
    cropped.copy_(frames)
    cropped[1, 2:] = float('nan')
    ones = torch.ones(3, device=DEVICE)
    lengths = torch.tensor([4, 2], device=DEVICE)
    theta = on_device(random_theta(rng, 2, 2))
    results = []
    for pixels in (cropped, frames):
        arguments = (pixels, lengths, theta, (2, 3, 5), 'linear', 'linear',
                     1.0)
        out = launch.sample_forward(*arguments, ones, ones)
        results.append((out,
                        *launch.sample_backward(out, *arguments, ones)))
    for got, expected in zip(*results):
        assert torch.equal(got, expected)


@pytest.mark.parametrize('name', Theta._fields)
def test_nan_shows(name):
    frames = torch.ones(1, 3, 1, 4, 4, dtype=torch.uint8, device=DEVICE)
    one = torch.ones(1, device=DEVICE)
    theta = theta_of(1, 1)
    nan = torch.full_like(getattr(theta, name), float('nan'))
    theta = on_device(theta._replace(**{name: nan}))
    for kind in KINDS:
        out = launch.sample_forward(
            frames, torch.tensor([3], device=DEVICE), theta, (1, 2, 2), kind,
            kind, .2, one, one)
        assert out.isnan().all()


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


@pytest.mark.skipif(INTERPRETED, reason='all blocks are small then')
def test_every_configuration():
    rng = np.random.default_rng(10)
    frames = random_frames(rng, (2, 20, 3, 112, 112))
    theta = random_theta(rng, 2, 2, (0.3, 3))
    for kernel, configs in CONFIGS.items():
        for config in configs:
            kernel.configs = [config]
            check(frames, [20, 9], theta, (2, 144, 100))
        kernel.configs = configs[:1]


COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from s2dnet_mmaction.functional.sampling.backends.gpu import kernels, launch

def compile(tuned, frames, out, **options):
    config = tuned.configs[0]
    options = dict(
        TEMPORAL='gaussian', SPATIAL='gaussian', HALF_T=6, HALF_S=6,
        **options)
    if 'BLOCK_Y' not in config.kwargs:
        options.update(BLOCK_Y=32, BLOCK_X=64)
    options.update(config.kwargs)
    types = dict(frames_ptr=frames, lengths_ptr='*i64', grad_ptr=out,
                 out_ptr=out, sharp='fp32', unit='fp32', factor_t='fp32',
                 factor_s='fp32')
    signature = {
        name: 'constexpr' if name in options else types.get(
            name, '*fp32' if name.endswith('_ptr') else 'i32')
        for name in tuned.arg_names
    }
    kernel = triton.compile(
        ASTSource(tuned.fn, signature, options),
        target=GPUTarget('cuda', 90, 32),
        options=dict(num_warps=config.num_warps, num_stages=1))
    assert len(kernel.asm['cubin']) > 1000
    assert kernel.metadata.shared <= 100 * 1024, kernel.metadata.shared

compile(launch._forward, '*u8', '*fp16', HALVES=True, GROUP=3,
        PACKED=True)
compile(launch._forward, '*fp32', '*bf16', HALVES=False, GROUP=1,
        PACKED=False)
compile(launch._backward, '*u8', '*fp32', HALVES=True, GROUP=3,
        PACKED=True)
"""


@pytest.mark.slow
def test_compiles_for_hopper(tmp_path):
    """In a process of its own, as kernels are interpreted in this one. No GPU
    is needed; at least two programs fit into an SM's shared memory."""
    with environment(TRITON_INTERPRET='0', TRITON_CACHE_DIR=str(tmp_path)):
        run = subprocess.run([sys.executable, '-W', 'ignore', '-c', COMPILE],
                             capture_output=True,
                             text=True)
    assert run.returncode == 0, run.stderr
