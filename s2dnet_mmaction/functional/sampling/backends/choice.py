"""Choice of the sampler's implementation."""

import importlib
import threading
import warnings
from types import ModuleType
from typing import Callable, Dict, Optional, Set

import torch
from torch import Tensor

from ...._checks import require
from ...._compat import is_exporting
from ..grid import Theta

BACKENDS = ('auto', 'dense', 'torch', 'numba', 'triton')
_KERNELS = dict(numba='cpu.launch', triton='gpu.launch')
_DEVICES = dict(numba='cpu', triton='cuda')
_DTYPES = dict(
    numba=(torch.uint8, torch.float32),
    triton=(torch.uint8, torch.float16, torch.bfloat16, torch.float32))
_PLAIN = dict(cpu='torch')  # without a kernel; elsewhere 'dense'
# Results of this process.
_PROBLEMS: Dict[str, Optional[str]] = {}  # of the import, by backend
_FAULTS: Dict[torch.device, Optional[str]] = {}  # of the check, by device
_TOLD: Set[torch.device] = set()  # devices whose fault the user knows
_LOCK = threading.Lock()  # a thread waits for the check of another


def _when_traced(function: Callable) -> Callable:
    """Let torch.compile call a function while it traces its caller.

    The result becomes a constant of the graph. Otherwise what the function
    calls would be traced: an import, or launches of kernels.
    """
    # What torch.compiler.assume_constant_result does. That function imports
    # the compiler, which takes seconds, and Triton with it.
    function._dynamo_marked_constant = True
    return function


def choose_backend(frames: Tensor, theta: Theta, backend: str = 'auto') -> str:
    """Replace ``'auto'`` by a backend; check any other.

    ``'auto'`` is the dense reference for frames that require a gradient,
    for float64 parameters and for traced graphs (export, FLOPs counter),
    where the products must be visible. Otherwise it is numba on a CPU (uint8
    and float32 frames) and Triton on CUDA, if they can be imported and Triton
    passes its check on this device, see :func:`fault_on`. Without them it is
    ``'torch'`` on a CPU, and ``'dense'`` on other devices, where one window
    at a time would leave the device idle.

    Raises:
        RuntimeError: if the backend cannot sample these frames.
    """
    if backend in ('dense', 'torch'):
        return backend
    if torch.jit.is_tracing() or is_exporting():
        return 'dense'
    needs_dense = theta.center_t.dtype == torch.float64 or (
        frames.requires_grad and torch.is_grad_enabled())
    device = frames.device
    suits = {
        name: device.type == served and frames.dtype in _DTYPES[name]
        for name, served in _DEVICES.items()
    }
    if backend == 'auto':
        if needs_dense:
            return 'dense'
        for name in _KERNELS:
            if suits[name] and _works(name, device):
                return name
        return _PLAIN.get(device.type, 'dense')
    require(not needs_dense and suits[backend], 'backend', backend,
            'uint8 or float32 frames without a gradient, float32 parameters '
            f'and a {_DEVICES[backend]} device',
            "Use backend='auto'.", RuntimeError)
    problem = problem_with(backend)
    require(problem is None, 'backend',
            f'{backend}, which cannot be imported ({problem})',
            f'an installed {backend}',
            f"Install {backend}, or use backend='auto'.", RuntimeError)
    fault = fault_on(device) if backend == 'triton' else None
    require(fault is None, 'backend', f'triton, which {fault}',
            'a kernel that works', "Use backend='auto' or 'dense'.",
            RuntimeError)
    return backend


@_when_traced
def _works(backend: str, device: torch.device) -> bool:
    """Whether a compiled backend is right on a device; warns once if not."""
    if problem_with(backend) is not None:
        return False
    fault = fault_on(device) if backend == 'triton' else None
    if fault is not None and device not in _TOLD:
        _TOLD.add(device)
        warnings.warn(
            f"Detail sampler: triton {fault}. This process samples with "
            "'dense' there: the same result, but slower.", RuntimeWarning)
    return fault is None


@_when_traced
def missing_kernels(device: torch.device) -> Optional[str]:
    """Reason why this device has no compiled kernel; None if it has one.

    The caller tells the user; :func:`choose_backend` does not warn then.
    """
    for name, served in _DEVICES.items():
        if device.type == served:
            problem = problem_with(name)
            if problem is not None:
                return f'{name} cannot be imported: {problem}'
            fault = fault_on(device) if name == 'triton' else None
            _TOLD.add(device)
            return fault and f'{name} {fault}'
    return f'there is none for {device.type}'


@_when_traced
def fault_on(device: torch.device) -> Optional[str]:
    """Why not to use Triton's kernels on a device; None if they are right.

    They are checked once per process and device, so each rank of a
    distributed run checks its own GPU; see :mod:`.gpu.first_use`.

    Raises:
        torch.cuda.OutOfMemoryError: the next call checks again.
        RuntimeError: if the first use is in the capture of a CUDA graph, or
            if the device itself does not work.
    """
    if device.type == 'cuda' and device.index is None:
        device = torch.device('cuda', torch.cuda.current_device())
    with _LOCK:
        if device not in _FAULTS:
            require(
                device.type != 'cuda'
                or not torch.cuda.is_current_stream_capturing(),
                'CUDA graph',
                f'a capture as the first use of the sampler on {device}',
                'a run before it, which checks and tunes the kernels',
                'Run the network once with the same sizes, then capture.',
                RuntimeError)
            first_use = importlib.import_module('.gpu.first_use', __package__)
            _FAULTS[device] = first_use.check_kernels(device)
        return _FAULTS[device]


@_when_traced
def problem_with(backend: str) -> Optional[str]:
    """Reason why a compiled backend cannot be imported; None if it can.

    The import is tried once per process.
    """
    if backend not in _PROBLEMS:
        try:
            load_kernels(backend)
            _PROBLEMS[backend] = None
        except Exception as error:  # missing, broken, or wrong numpy or torch
            _PROBLEMS[backend] = str(error)
    return _PROBLEMS[backend]


def load_kernels(backend: str) -> ModuleType:
    """Import the module of a compiled backend.

    Raises:
        ImportError: if numba or Triton is missing or too old.
    """
    return importlib.import_module(f'.{_KERNELS[backend]}', __package__)
