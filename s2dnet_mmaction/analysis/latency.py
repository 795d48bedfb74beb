"""Latency and memory of test steps, several models in turns."""

import ctypes
import gc
import re
import sys
import time
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Tuple

import numpy as np
import torch
import torch.nn as nn
from mmaction.structures import ActionDataSample
from torch import Tensor

from .._checks import require, require_int

Step = Callable[[], None]
_AMP_DTYPES = {'cuda': torch.float16, 'cpu': torch.bfloat16}
_RESET_PEAK = '5'  # see /proc/[pid]/clear_refs in proc(5)


def check_device(name: str) -> torch.device:
    """Device of a name.

    Raises:
        ValueError: if it is unknown here, or neither a CPU nor CUDA.
    """
    match = re.fullmatch(r'cpu|cuda(?::(\d+))?', str(name))
    found = ['cpu'] + [f'cuda:{i}' for i in range(torch.cuda.device_count())]
    known = match is not None and (
        name == 'cpu' or f'cuda:{match[1] or 0}' in found)
    require(known, 'device', name, f'one of {found}',
            'Choose a device of this machine.')
    return torch.device(name)


def make_step(model: nn.Module,
              frames: Tensor,
              batch_size: int,
              device: torch.device,
              amp: bool = False) -> Step:
    """A function that takes raw frames to scores, once.

    Args:
        model: recognizer in eval mode, on the device.
        frames: one view, see :class:`View`; every video of the batch.
        batch_size: videos per step.
        device: where the frames lie before the step.
        amp: autocast, to float16 on CUDA and bfloat16 on a CPU.
    """
    require_int('batch_size', batch_size)
    inputs = [frames.to(device, copy=True) for _ in range(batch_size)]
    dtype = _AMP_DTYPES[device.type]

    def step() -> None:
        samples = [ActionDataSample().set_gt_label(0) for _ in inputs]
        with torch.no_grad(), torch.autocast(device.type, dtype, enabled=amp):
            model.test_step(dict(inputs=list(inputs), data_samples=samples))

    return step


def time_in_turns(steps: Mapping[str, Step],
                  rounds: int,
                  warmup: int = 0,
                  synchronize: Step = lambda: None,
                  after_round: Step = lambda: None) -> Dict[str, List[float]]:
    """Time every step once per round.

    A drift of the machine meets all steps alike, so that the times of one
    round may be compared in pairs.

    Args:
        steps: what to time, by label.
        rounds: number of times per step.
        warmup: rounds before these, which are not counted.
        synchronize: waits for the device.
        after_round: called after every round, for a progress bar.

    Returns:
        seconds of each round by label.

    Raises:
        ValueError: if ``rounds`` < 1 or ``warmup`` < 0.
    """
    require_int('rounds', rounds)
    require_int('warmup', warmup, minimum=0)
    times_sec: Dict[str, List[float]] = {label: [] for label in steps}
    for i in range(-warmup, rounds):
        for label, step in steps.items():
            synchronize()
            start = time.perf_counter()
            step()
            synchronize()
            if i >= 0:
                times_sec[label].append(time.perf_counter() - start)
        after_round()
    return times_sec


def synchronize(device: torch.device) -> None:
    """Wait until a device has done what it was given."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def quartiles(numbers: List[float]) -> Tuple[float, float, float]:
    """First quartile, median, third quartile."""
    low, median, high = np.percentile(numbers, (25, 50, 75))
    return float(low), float(median), float(high)


def peak_memory(step: Step, device: torch.device) -> float:
    """MiB that a step takes for a time, on top of weights and inputs.

    CUDA: what torch allocates. CPU: growth of the process, from its
    resident size before the step to its high-water mark.

    Raises:
        OSError: if this machine does not tell (on a CPU: anything but
            Linux, or a container without /proc/self/clear_refs).
    """
    gc.collect()
    if device.type == 'cuda':
        synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        step()
        synchronize(device)
        return (torch.cuda.max_memory_allocated(device) - before) / 2**20
    if sys.platform != 'linux':
        raise OSError(f'no /proc on {sys.platform}')
    _return_free_memory()
    Path('/proc/self/clear_refs').write_text(_RESET_PEAK)
    before = _status_kib('VmRSS')
    step()
    return (_status_kib('VmHWM') - before) / 2**10


def _return_free_memory() -> None:
    """Let glibc give back what earlier steps freed; else it would be reused
    and not be seen as growth."""
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if trim is not None:  # other C libraries keep little
        trim(0)


def _status_kib(name: str) -> int:
    status = Path('/proc/self/status').read_text()
    match = re.search(rf'^{name}:\s*(\d+) kB$', status, re.MULTILINE)
    if match is None:
        raise OSError(f'/proc/self/status has no {name}')
    return int(match[1])
