"""How the two nets run where they are; the numbers are the same.

Measured on a 2-core CPU: docs/benchmarks/execution.md.
"""

from typing import Callable, Optional

import torch
import torch.nn as nn
from torch import Tensor

_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}


def lay_out(module: nn.Module, channels_last: bool) -> None:
    """Lay the weights of convolutions out, 2D and 3D ones alike.

    Convolutions hand their weights' layout on to what they compute. On a
    CPU channels last is faster.
    (``Module.to(memory_format=...)`` cannot take weights of both ranks.)
    """
    for parameter in module.parameters():
        if parameter.dim() in _CHANNELS_LAST:
            layout = _CHANNELS_LAST[parameter.dim()] if (
                channels_last) else torch.contiguous_format
            parameter.data = parameter.data.contiguous(memory_format=layout)


def video_by_video(module: nn.Module, run: Callable[..., Tensor],
                   frames: Tensor, *others: Optional[Tensor]) -> Tensor:
    """``run(frames, *others)``; prediction on a CPU one video at a time.

    In eval mode the videos of a batch share nothing but the caches, and the
    maps of one video fit into them where those of a batch do not. Clips of
    3D networks are large pieces of work as they are: they stay together.

    Args:
        module: the network that runs, with its ``input_format``; its mode
            decides.
        run: gives one row per video.
        frames: (B, ...).
        others: (B, ...) or None.
    """
    predicts = not (module.training or torch.is_grad_enabled())
    images = module.input_format == 'NCHW'
    if not (predicts and images) or frames.device.type != 'cpu':
        return run(frames, *others)
    return torch.cat([
        run(*(None if part is None else part[i:i + 1]
              for part in (frames, *others))) for i in range(frames.size(0))
    ])
