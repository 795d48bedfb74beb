"""The check at the first use, of right kernels and of broken ones."""

import re
import warnings

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.backends import choice
from s2dnet_mmaction.functional.sampling.backends.choice import choose_backend
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window
from tests.support.sampling import make_frames, make_theta
from tests.support.triton_kernels import (  # noqa: F401
    DEVICE,
    INTERPRETED,
    filters,
    first_use,
    interpreter,
    jit,
    kernels,
    launch,
)

triton, tl = launch.triton, kernels.tl

interpreted = pytest.mark.skipif(
    not INTERPRETED, reason='kernels are replaced in the interpreter')
HERE = torch.ones(0, device=DEVICE).device


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A process that has not used the kernels; Triton is the default."""
    monkeypatch.setattr(choice, '_FAULTS', {})
    monkeypatch.setattr(choice, '_TOLD', set())
    if INTERPRETED:
        monkeypatch.setattr(choice, '_KERNELS', dict(triton='gpu.launch'))
        monkeypatch.setattr(choice, '_DEVICES', dict(triton='cpu'))
        monkeypatch.setattr(choice, '_PLAIN', {})


def sample(backend='auto', **options):
    """The volume and its gradients, of padded uint8 frames."""
    frames = make_frames(2, 5, 3, (8, 12)).to(DEVICE)
    theta = Theta(
        *(n.to(DEVICE).requires_grad_() for n in make_theta(2, 2, stride=1)))
    volume = sample_window(
        frames, torch.tensor([5, 3]).to(DEVICE), theta, (2, 4, 4),
        backend=backend, **options)
    return (volume, *torch.autograd.grad(volume.sin().sum(), theta))


def warned(function):
    """The messages of all warnings that a function gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        function()
    return [str(warning.message) for warning in caught]


def assert_falls_back(cause):
    """Right numbers, one warning; an explicit choice is an error."""
    results = []
    messages = warned(lambda: results.extend([sample(), sample()]))
    for result in results:
        for got, expected in zip(result, sample('dense')):
            assert torch.equal(got, expected)
    assert len(messages) == 1
    assert re.search(cause, messages[0]), messages[0]
    for fact in (str(HERE), f'torch {torch.__version__}',
                 f'triton {triton.__version__}', "'dense'"):
        assert fact in messages[0]
    with pytest.raises(RuntimeError, match='backend: got triton, which fail'):
        sample('triton')


class Watch(TorchDispatchMode):
    """Fails at any operation, as a FLOPs counter would count it."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        raise AssertionError(f'{function} ran in the mode of the caller')


def test_right_kernels_pass():
    """Whatever the caller's modes are, which stay as they are."""
    before = torch.get_rng_state()
    usual, chosen = torch.get_default_dtype(), []
    torch.set_default_dtype(torch.float64)
    try:
        with torch.inference_mode(), torch.device('meta'), torch.autocast(
                DEVICE, torch.bfloat16), Watch():
            assert choice.fault_on(HERE) is None
            assert torch.is_inference_mode_enabled()
            assert torch.is_autocast_enabled(DEVICE)
    finally:
        torch.set_default_dtype(usual)
    assert torch.equal(torch.get_rng_state(), before)
    theta = make_theta(2, 2)
    frames = make_frames(2, 5, 3, (8, 12)).to(DEVICE)
    assert warned(
        lambda: chosen.append(choose_backend(frames, theta))) == []
    assert chosen == ['triton']


@jit
def _scaled(a, b, total, HALVES: tl.constexpr):
    return total + tl.dot(a, b, input_precision='ieee') * 1.003


@jit
def _nan(a, b, total, HALVES: tl.constexpr):
    return total + tl.dot(a, b, input_precision='ieee') * float('nan')


@jit
def _longest(x, low, high):
    return high


@jit
def _steeper(samples, row, length, sharp, unit, KIND: tl.constexpr):
    return filters.filter_weights(samples, row, length, sharp, KIND)


@jit
def _does_not_compile(a, b, total, HALVES: tl.constexpr):
    tl.static_assert(False, 'on purpose')


@interpreted
@pytest.mark.parametrize('name, broken, cause', [
    ('matmul', _scaled, r'uint8 frames, result: got .* of 0\.0\d+ of'),
    ('matmul', _nan, 'uint8 frames, result: got .* of nan of'),
    ('clamp', _longest, 'uint8 frames, result: got'),
    ('filter_slopes', _steeper, 'uint8 frames, gradient of center_y: got'),
    ('matmul', _does_not_compile, 'on purpose'),
    ('position', None, 'InterpreterError: '),
], ids=['values', 'nan', 'padding', 'gradient', 'compile', 'run'])
def test_broken_kernels(name, broken, cause, monkeypatch):
    monkeypatch.setattr(kernels, name, broken)
    assert_falls_back(cause)


@jit
def _wrong_for_floats(time, offsets, sharp, unit, KIND: tl.constexpr,
                      HALF: tl.constexpr, GROUP: tl.constexpr,
                      PACKED: tl.constexpr, SLOPES: tl.constexpr):
    blocks = filters.filter_time(time, offsets, sharp, unit, KIND, HALF, GROUP,
                                 PACKED, SLOPES)
    if time[0].dtype.element_ty == tl.float32:
        return (blocks[0] * 1.01, )
    return blocks


@interpreted
def test_every_case_counts(monkeypatch):
    """A kernel that is wrong for float frames alone, the last case."""
    monkeypatch.setattr(first_use, 'CASES', first_use.CASES[1:])
    monkeypatch.setattr(kernels, 'filter_time', _wrong_for_floats)
    assert_falls_back('float32 frames, result: got')


def test_cases_take_different_paths(monkeypatch):
    """On a GPU, too: a copy to it must not tidy up the memory."""
    paths = []

    def launched(frames, *args, dtype, **options):
        paths.append((frames.dtype, launch._channels_at_once(frames), dtype))
        return torch.zeros(1)

    monkeypatch.setattr(launch, 'sample_forward', launched)
    for case in first_use.CASES:
        next(first_use._results(case, HERE, [None], []))
    assert paths == [
        (torch.uint8, (3, True), torch.float32),
        (torch.uint8, (1, False), torch.float16),
        (torch.float32, (1, False), torch.bfloat16),
    ]


class Stub:
    """A kernel that raises, or one that works."""

    def __init__(self, error=None):
        self.error = error

    def __getitem__(self, grid):
        if self.error is not None:
            raise self.error
        return launch._forward[grid]


@pytest.fixture
def failing(monkeypatch):
    """Make a check fail with an error."""

    def replace(*kernels):
        forwards = [Stub(error) for error in kernels]
        monkeypatch.setattr(launch, 'configurations', lambda: (forwards, []))

    return replace


def test_a_compiler_that_fails(failing):
    failing(FileNotFoundError('no C compiler'))
    assert_falls_back('FileNotFoundError: no C compiler')


def test_a_configuration_too_large_for_a_gpu(failing, monkeypatch):
    """The tuner leaves it out; one that fits is checked."""
    monkeypatch.setattr(first_use, 'CASES', first_use.CASES[:1])
    too_large = triton.runtime.errors.OutOfResources(
        300000, 232448, 'shared memory')
    _, backwards = launch.configurations()
    failing(too_large, None)
    forwards, _ = launch.configurations()
    monkeypatch.setattr(
        launch, 'configurations', lambda: (forwards, backwards))
    assert choice.fault_on(HERE) is None
    choice._FAULTS.clear()
    failing(too_large, too_large)
    assert 'OutOfResources: out of resource' in choice.fault_on(HERE)


@pytest.mark.parametrize('error', [
    torch.cuda.OutOfMemoryError('Tried to allocate 2.00 MiB'),
    RuntimeError('Triton Error [CUDA]: out of memory'),
    MemoryError(),
])
def test_out_of_memory_is_no_fault(error, failing, monkeypatch):
    failing(error)
    with pytest.raises(type(error), match=re.escape(str(error))):
        sample()
    assert choice._FAULTS == {}
    monkeypatch.setattr(first_use, '_first_difference', lambda device: None)
    assert choice.fault_on(HERE) is None


def test_a_device_broken_by_the_check(failing, monkeypatch):
    failing(RuntimeError('an illegal memory access was encountered'))
    calls = []

    def touch(device):
        calls.append(device)
        if len(calls) > 1:
            raise RuntimeError('an illegal memory access was encountered')

    monkeypatch.setattr(first_use, '_touch', touch)
    with pytest.raises(RuntimeError) as caught:
        sample()
    message = str(caught.value)
    assert f'whose check broke {HERE} for this process' in message
    assert 'an illegal memory access' in message
    assert "Start again with backend='dense'" in message
    assert f'triton {triton.__version__}' in message


def test_a_device_broken_before_the_check(monkeypatch):
    def broken(device):
        raise RuntimeError('device-side assert triggered')

    monkeypatch.setattr(first_use, '_touch', broken)
    with pytest.raises(RuntimeError, match='^device-side assert triggered$'):
        sample()
    assert choice._FAULTS == {}


def test_old_gpus(monkeypatch):
    monkeypatch.setattr(first_use, '_touch', lambda device: None)
    monkeypatch.setattr(
        torch.cuda, 'get_device_capability', lambda device: (7, 5))
    monkeypatch.setattr(
        torch.cuda, 'is_current_stream_capturing', lambda: False)
    fault = choice.fault_on(torch.device('cuda:0'))
    assert fault == (  # a known limit: nothing to report
        'does not serve cuda:0, as its compute capability is 7.5, below 8.0')


def test_compiled_network(failing):
    """The check runs while the graph is traced, and is no part of it."""
    failing(ValueError('broken'))

    def model(frames, *theta):
        return 2 * sample_window(frames, None, Theta(*theta), (2, 4, 4))

    frames = make_frames(1, 3, 3, (8, 12)).to(DEVICE)
    theta = [number.to(DEVICE) for number in make_theta(1, 2)]
    torch.compiler.reset()
    compiled = torch.compile(model, backend='aot_eager', fullgraph=True)
    results = []
    messages = warned(
        lambda: results.extend(compiled(frames, *theta) for _ in range(2)))
    assert len(messages) == 1 and 'ValueError: broken' in messages[0]
    expected = 2 * sample_window(
        frames, None, Theta(*theta), (2, 4, 4), backend='dense')
    for got in results:
        torch.testing.assert_close(got, expected)
