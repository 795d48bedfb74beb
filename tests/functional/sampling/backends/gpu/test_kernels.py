import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dnet_mmaction.functional import Theta
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
