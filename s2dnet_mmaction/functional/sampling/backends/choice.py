"""Choice of the sampler's implementation."""

import importlib
from types import ModuleType
from typing import Dict, Optional

import torch
from torch import Tensor

from ...._checks import require
from ...._compat import is_exporting
from ..grid import Theta

BACKENDS = ('auto', 'dense', 'torch', 'numba', 'triton')
_KERNELS = dict(numba='cpu.launch', triton='gpu.launch')
_DEVICES = dict(numba='cpu', triton='cuda')
_PROBLEMS: Dict[str, Optional[str]] = {}
_NUMBA_DTYPES = (torch.uint8, torch.float32)


def choose_backend(frames: Tensor, theta: Theta, backend: str = 'auto') -> str:
    """Replace ``'auto'`` by a backend; check any other.

    ``'auto'`` is the dense reference for frames that require a gradient,
    for float64 parameters and for traced graphs (export, FLOPs counter),
    where the products must be visible. Otherwise it is numba on a CPU (uint8
    and float32 frames) and Triton on CUDA, if they can be imported. Without
    them it is ``'torch'`` on a CPU, and ``'dense'`` on other devices, where
    one window at a time would leave the device idle.

    Raises:
        RuntimeError: if the backend cannot sample these frames.
    """
    if backend in ('dense', 'torch'):
        return backend
    if torch.jit.is_tracing() or is_exporting():
        return 'dense'
    needs_dense = theta.center_t.dtype == torch.float64 or (
        frames.requires_grad and torch.is_grad_enabled())
    device = frames.device.type
    suits = dict(numba=device == 'cpu' and frames.dtype in _NUMBA_DTYPES,
                 triton=device == 'cuda' and frames.dtype != torch.float64)
    if backend == 'auto':
        if needs_dense:
            return 'dense'
        for name in _KERNELS:
            if suits[name] and problem_with(name) is None:
                return name
        return 'torch' if device == 'cpu' else 'dense'
    require(not needs_dense and suits[backend], 'backend', backend,
            'uint8 or float32 frames without a gradient, float32 parameters '
            f'and a {_DEVICES[backend]} device',
            "Use backend='auto'.", RuntimeError)
    problem = problem_with(backend)
    require(problem is None, 'backend',
            f'{backend}, which cannot be imported ({problem})',
            f'an installed {backend}',
            f"Install {backend}, or use backend='auto'.", RuntimeError)
    return backend


def missing_kernels(device: torch.device) -> Optional[str]:
    """Reason why this device has no compiled kernel; None if it has one."""
    for name, served in _DEVICES.items():
        if device.type == served:
            problem = problem_with(name)
            return problem and f'{name} cannot be imported: {problem}'
    return f'there is none for {device.type}'


def problem_with(backend: str) -> Optional[str]:
    """Reason why a compiled backend cannot be imported; None if it can.

    The import is tried once per process. torch.compile cannot trace it, so a
    model calls this function when it is built.
    """
    if backend not in _PROBLEMS:
        try:
            load_kernels(backend)
            _PROBLEMS[backend] = None
        except ImportError as error:  # missing, or wrong numpy or torch
            _PROBLEMS[backend] = str(error)
    return _PROBLEMS[backend]


def load_kernels(backend: str) -> ModuleType:
    """Import the module of a compiled backend.

    Raises:
        ImportError: if numba or Triton is missing or too old.
    """
    return importlib.import_module(f'.{_KERNELS[backend]}', __package__)
