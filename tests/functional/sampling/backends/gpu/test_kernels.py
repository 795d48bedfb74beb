import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.filters import Filters
from tests.support.triton_kernels import (  # noqa: F401
    DEVICE,
    INTERPRETED,
    KINDS,
    backward,
    check,
    forward,
    interpreter,
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
    layout=st.sampled_from(
        ['TCHW', 'THWC', 'cropped', 'unaligned', 'strided']),
    seed=st.integers(0, 2**16))
def test_any_shape(shape, size, temporal, spatial, var, layout, seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, shape[1] + 1, shape[0])
    check(
        random_frames(rng, shape, layout), lengths,
        random_theta(rng, shape[0], size[0]), size, temporal, spatial, var)


@pytest.mark.skipif(not INTERPRETED, reason='a GPU does not report addresses')
@pytest.mark.parametrize('layout', ['TCHW', 'cropped', 'unaligned'])
def test_reads_valid_frames_only(layout, monkeypatch):
    """Every byte read is one of a valid frame, for any theta."""
    from triton.language import int32, uint8
    from triton.runtime.interpreter import interpreter_builder as builder
    nan, inf = float('nan'), float('inf')
    centers = [0, 1e38, -1e38, nan, 0, inf, -inf, .5]
    strides = [1e38, 1, 0, 1, nan, 1, -3, -1e30]
    frames = random_frames(np.random.default_rng(7), (8, 4, 3, 7, 8), layout)
    lengths = torch.tensor([3, 1] * 4)
    size = frames.untyped_storage().nbytes()
    index = torch.arange(size).as_strided(
        frames.shape, frames.stride(), frames.storage_offset())
    valid, read = np.zeros((2, size), bool)
    for b, length in enumerate(lengths):
        valid[index[b, :length]] = True
    load = builder.create_masked_load

    def watched(pointers, mask, *rest):
        element = pointers.get_element_ty()
        if element in (uint8, int32):  # pointers to the frames alone
            first = pointers.data[mask.data].astype(np.int64)
            first -= frames.untyped_storage().data_ptr()
            for byte in range(element.primitive_bitwidth // 8):
                # an index outside of the storage must not count from the end
                assert (first + byte >= 0).all()
                read[first + byte] = True
        return load(pointers, mask, *rest)

    monkeypatch.setattr(builder, 'create_masked_load', watched)
    axis = [torch.tensor(centers), torch.tensor(strides)]
    theta = Theta(*axis, *(number[:, None] for number in 2 * axis))
    arguments = (frames, lengths, theta, (1, 3, 3), Filters('linear', var=.2))
    with np.errstate(all='ignore'):
        out = forward(*arguments)
        backward(out, *arguments)
    assert out[3:5].isnan().all()
    assert read.any()
    assert not read[~valid].any()


def test_nan_around_the_frames():
    """What is padding or past the border does not even count as zero."""
    rng = np.random.default_rng(8)
    frames = random_frames(rng, (2, 4, 3, 7, 8), 'TCHW').float()
    poisoned = frames.new_full((2, 6, 3, 9, 11), float('nan'))
    cropped = poisoned[:, 1:5, :, 1:8, 2:10]
    cropped.copy_(frames)
    cropped[1, 2:] = float('nan')
    theta = random_theta(rng, 2, 1)
    results = []
    for pixels in (cropped, frames):
        arguments = (pixels, [4, 2], theta, (1, 3, 5),
                     Filters('linear', 'linear'))
        out = forward(*arguments)
        results.append((out, *backward(out, *arguments)))
    # Where it is compiled, the order of a sum depends on the strides.
    tolerance = 0 if INTERPRETED else 1e-5
    for got, expected in zip(*results):
        error = (got - expected).abs().max()
        assert error <= tolerance * expected.abs().max()


@pytest.mark.parametrize('name', Theta._fields)
@pytest.mark.parametrize('kind', KINDS)
def test_nan_shows(name, kind):
    frames = torch.ones(1, 3, 1, 4, 4, dtype=torch.uint8, device=DEVICE)
    theta = theta_of(1, 1)
    nan = torch.full_like(getattr(theta, name), float('nan'))
    theta = theta._replace(**{name: nan})
    out = forward(frames, [3], theta, (1, 2, 2), Filters(kind, kind, .2))
    assert out.isnan().all()


COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from s2dnet_mmaction.functional.sampling.backends.gpu import kernels, launch

def compile(tuned, frames, out, kind, half, **options):
    config = tuned.configs[0]
    options = dict(
        TEMPORAL=kind, SPATIAL=kind, HALF_T=half, HALF_S=half, **options)
    if 'BLOCK_Y' not in config.kwargs:
        options.update(BLOCK_Y=32, BLOCK_X=64)
    options.update(config.kwargs)
    steps = ('i32', ) * 5
    types = dict(
        frames_ptr=frames, lengths_ptr='*i64', theta_ptrs=('*fp32', ) * 6,
        steps=steps, grad_steps=steps, grad_ptr=out, out_ptr=out, sharp='fp32',
        unit='fp32', factor_t='fp32', factor_s='fp32')
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

compile(launch._forward, '*u8', '*fp16', 'gaussian', 6, HALVES=True,
        GROUP=3, PACKED=True)
compile(launch._forward, '*fp32', '*bf16', 'linear', 1, HALVES=False,
        GROUP=1, PACKED=False)
compile(launch._backward, '*u8', '*fp32', 'gaussian', 6, HALVES=True,
        GROUP=3, PACKED=True)
"""


@pytest.mark.slow
def test_compiles_for_hopper(tmp_path):
    """Without a GPU; two programs fit into the shared memory of an SM.

    In a process of its own, since in this one kernels are interpreted.
    """
    settings = dict(TRITON_INTERPRET='0', TRITON_CACHE_DIR=str(tmp_path))
    run = subprocess.run([sys.executable, '-W', 'ignore', '-c', COMPILE],
                         env={**os.environ, **settings},
                         capture_output=True,
                         text=True)
    assert run.returncode == 0, run.stderr
