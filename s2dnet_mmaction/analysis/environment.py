"""Hardware and versions, for the record of a measurement."""

import json
import platform
import re
from operator import attrgetter
from pathlib import Path
from typing import Any, Dict, Mapping

import mmaction
import mmengine
import torch

from ..version import __version__


def environment(device: str) -> Dict[str, Any]:
    """Hardware and versions that a measurement depends on.

    Args:
        device: name of the measured device.
    """
    return dict(
        hardware=dict(
            device=hardware_name(device),
            cpu=hardware_name('cpu'),
            threads=torch.get_num_threads(),
            system=platform.platform()),
        versions=dict(
            python=platform.python_version(),
            torch=torch.__version__,
            mmengine=mmengine.__version__,
            mmaction=mmaction.__version__,
            s2dnet_mmaction=__version__))


def save_json(path: str, device: str, options: Mapping[str, Any],
              **record: Any) -> None:
    """Write a measurement with its options, hardware and versions.

    Args:
        path: file to write.
        device: name of the measured device.
        options: the program's arguments, ready for JSON but for paths, which
            are written without their folder, as it is of this machine only.
        record: the measured numbers, by name.
    """
    text = json.dumps(
        dict(record, options=options, **environment(device)), indent=1,
        default=attrgetter('name'))
    Path(path).write_text(text + '\n')


def hardware_name(device: str) -> str:
    """Model name of the CPU or of a GPU."""
    if device != 'cpu':
        return torch.cuda.get_device_name(device)
    cpuinfo = Path('/proc/cpuinfo')
    text = cpuinfo.read_text() if cpuinfo.is_file() else ''
    match = re.search(r'^model name\s*:\s*(.+)$', text, re.MULTILINE)
    if match is not None:
        return match[1]
    return platform.processor() or platform.machine()
