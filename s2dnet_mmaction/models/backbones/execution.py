"""How the two nets run where they are; the numbers are the same.

Measured on a 2-core CPU, see docs/fidelity.md#latency.
"""

from typing import Callable, Optional

import torch
import torch.nn as nn
from torch import Tensor


def lay_out(module: nn.Module) -> None:
    """Weights of convolutions: channels last on a CPU, first elsewhere.

    Convolutions hand their weights' layout on to what they compute. On a
    CPU channels last takes 0.5 to 0.9 of the time; elsewhere the host's
    layout stays.
    """
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    for parameter in module.parameters():
        if parameter.dim() in formats:
            layout = formats[parameter.dim()] if (
                parameter.device.type == 'cpu') else torch.contiguous_format
            parameter.data = parameter.data.contiguous(memory_format=layout)


def video_by_video(network: Callable[..., Tensor], frames: Tensor,
                   *others: Optional[Tensor]) -> Tensor:
    """``network(frames, *others)``, on a CPU one video at a time.

    Without gradients nothing but caches is shared between the videos of a
    batch, and the maps of one video fit into them where those of a batch do
    not: it takes 0.5 to 0.8 of the time at a batch of 4.

    Args:
        network: gives one row per video; in eval mode.
        frames: (B, ...).
        others: (B, ...) or None.
    """
    if torch.is_grad_enabled() or frames.device.type != 'cpu':
        return network(frames, *others)
    rows = [
        network(*(None if part is None else part[i:i + 1]
                  for part in (frames, *others)))
        for i in range(frames.size(0))
    ]
    return torch.cat(rows) if len(rows) > 1 else rows[0]
