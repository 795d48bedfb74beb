"""Faster CPU execution with unchanged results.

Measured on a 2-core CPU: docs/benchmarks/execution.md.
"""

from typing import Callable, Optional

import torch
import torch.nn as nn
from mmengine.model import BaseModule
from torch import Tensor

from ..._compat import is_exporting

_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}


def lay_out(module: nn.Module, channels_last: bool) -> None:
    """Lay the weights of 2D and 3D convolutions out, in place.

    A convolution's output has the memory layout of its weights. On a CPU
    channels last is faster.
    (``Module.to(memory_format=...)`` cannot take weights of both ranks.)
    """
    # In inference mode the new weights could never be trained.
    with torch.inference_mode(False), torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() in _CHANNELS_LAST:
                layout = _CHANNELS_LAST[parameter.dim()] if (
                    channels_last) else torch.contiguous_format
                parameter.data = parameter.data.contiguous(
                    memory_format=layout)


class LaidOut(BaseModule):
    """Base of backbones whose weights are laid out for their device."""

    _is_channels_last = False

    def lay_out_weights(self) -> None:
        """Lay the weights out for their device.

        On a CPU they become channels last. That is undone on other devices,
        where the layout is the user's choice. ``init_weights()``,
        ``train()`` and ``eval()`` call it. MMAction2's Runner and
        ``init_recognizer`` call one of them between moving a model and
        running it; after a move of your own call one of them yourself.
        """
        on_cpu = next(self.parameters()).device.type == 'cpu'
        if on_cpu != self._is_channels_last:
            lay_out(self, channels_last=on_cpu)
            self._is_channels_last = on_cpu

    def train(self, mode: bool = True) -> 'LaidOut':
        """Set the mode, see :meth:`lay_out_weights`."""
        super().train(mode)
        self.lay_out_weights()
        return self


def one_at_a_time(module: nn.Module, frames: Tensor) -> bool:
    """Whether the videos of a batch of images run one after the other.

    In eval mode videos do not influence each other, and on a CPU the maps of
    one video fit into the caches where those of a batch do not.
    """
    predicts = not (module.training or torch.is_grad_enabled())
    # A traced or exported loop would fix the batch size.
    traced = is_exporting() or torch.jit.is_tracing()
    return predicts and frames.device.type == 'cpu' and not traced


def video_by_video(module: nn.Module, run: Callable[..., Tensor],
                   frames: Tensor, *others: Optional[Tensor]) -> Tensor:
    """``run(frames, *others)``; prediction on a CPU one video at a time.

    See :func:`one_at_a_time`. 3D clips already use all cores, so they run
    as one batch.

    Args:
        module: the network that runs; its mode and its ``input_format``
            decide.
        run: gives one row per video.
        frames: (B, ...).
        others: (B, ...) or None.
    """
    images = module.input_format == 'NCHW'
    if not (images and one_at_a_time(module, frames)):
        return run(frames, *others)
    return torch.cat([
        run(*(None if tensor is None else tensor[i:i + 1]
              for tensor in (frames, *others)))
        for i in range(frames.size(0))
    ])
