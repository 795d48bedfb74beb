"""Latency and memory of steps that run in turns."""

import ctypes
import gc
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Optional, Tuple, Union

import numpy as np
import torch
import torch.nn as nn
from mmaction.structures import ActionDataSample
from mmengine.utils import ProgressBar
from torch import Tensor

from .._checks import require_choice, require_int

Step = Callable[[], None]
_AMP_DTYPES = {'cuda': torch.float16, 'cpu': torch.bfloat16}
_RESET_PEAK = '5'  # see /proc/[pid]/clear_refs in proc(5)


@dataclass
class StepCost:
    """Time and memory of one step.

    Attributes:
        times_sec: seconds, one number per round.
        peak_mib: memory beyond what was allocated before the step, MiB; None
            if this machine does not report it.
        peak_unknown: why it does not; '' otherwise.
    """
    times_sec: List[float]
    peak_mib: Optional[float] = None
    peak_unknown: str = ''


def check_device(name: str) -> torch.device:
    """The torch device of a name.

    Raises:
        ValueError: if this machine has no such CPU or CUDA device.
    """
    gpus = [f'cuda:{i}' for i in range(torch.cuda.device_count())]
    require_choice('device', name, ['cpu', *gpus, *(['cuda'] if gpus else [])])
    return torch.device(name)


def make_step(model: nn.Module, frames: Tensor, batch_size: int,
              device: torch.device, amp: bool = False) -> Step:
    """A function that runs a network once, from raw frames to scores.

    Args:
        model: recognizer in eval mode, on the device.
        frames: one view, see :class:`View`; every video of the batch is a
            copy of it.
        batch_size: videos per step.
        device: where the frames are before the step.
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


def measure_in_turns(steps: Mapping[str, Step], rounds: int, warmup: int = 0,
                     device: Union[str, torch.device] = 'cpu'
                     ) -> Dict[str, StepCost]:
    """Time every step once per round, then measure its memory.

    Args:
        steps: functions to measure, by label.
        rounds: number of times per step.
        warmup: rounds before these, which are not counted.
        device: the steps' device.

    Raises:
        ValueError: if ``rounds`` < 1 or ``warmup`` < 0.
    """
    times_sec = time_in_turns(steps, rounds, warmup, device)
    costs = {}
    for label, step in steps.items():
        costs[label] = StepCost(times_sec[label])
        try:
            costs[label].peak_mib = peak_memory(step, torch.device(device))
        except OSError as error:
            costs[label].peak_unknown = (
                f'This machine does not report memory: {error}')
    return costs


def time_in_turns(steps: Mapping[str, Step], rounds: int, warmup: int = 0,
                  device: Union[str, torch.device] = 'cpu'
                  ) -> Dict[str, List[float]]:
    """Time every step once per round; see :func:`measure_in_turns`.

    A machine that slows down for a while slows all steps of a round, so the
    times of one round can be compared in pairs. Progress goes to stderr.

    Returns:
        seconds of each round by label.
    """
    require_int('rounds', rounds)
    require_int('warmup', warmup, minimum=0)
    device = torch.device(device)
    times_sec: Dict[str, List[float]] = {label: [] for label in steps}
    progress = ProgressBar(warmup + rounds, file=sys.stderr)
    for i in range(-warmup, rounds):
        for label, step in steps.items():
            synchronize(device)
            start = time.perf_counter()
            step()
            synchronize(device)
            if i >= 0:
                times_sec[label].append(time.perf_counter() - start)
        progress.update()
    sys.stderr.write('\n')
    return times_sec


def paired_ratios(reference: List[float], numbers: List[float]) -> List[float]:
    """``reference`` over ``numbers``, round by round."""
    return [a / b for a, b in zip(reference, numbers)]


def synchronize(device: torch.device) -> None:
    """Wait until a device has finished its work."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def quartiles(numbers: List[float]) -> Tuple[float, float, float]:
    """First quartile, median, third quartile."""
    return tuple(np.percentile(numbers, (25, 50, 75)).tolist())


def peak_memory(step: Step, device: torch.device) -> float:
    """MiB that a step allocates at most, on top of weights and inputs.

    CUDA: what torch allocates. CPU: growth of the process, from its
    resident size before the step to its high-water mark.

    Raises:
        OSError: if this machine does not report it (on a CPU: anything but
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
    # A step that reuses freed memory would not make the process grow.
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if trim is not None:  # only glibc has it
        trim(0)
    Path('/proc/self/clear_refs').write_text(_RESET_PEAK)
    before = _status_kib('VmRSS')
    step()
    return (_status_kib('VmHWM') - before) / 2**10


def _status_kib(name: str) -> int:
    status = Path('/proc/self/status').read_text()
    match = re.search(rf'^{name}:\s*(\d+) kB$', status, re.MULTILINE)
    if match is None:
        raise OSError(f'/proc/self/status has no {name}')
    return int(match[1])
