"""What a locator gives, and theta without one."""

from typing import Dict, NamedTuple, Optional

import torch
from torch import Tensor

from ....functional.sampling.grid import Theta

AXES = ('time', 'space')


class Heatmaps(NamedTuple):
    """Where a locator looks in the synopsis.

    Attributes:
        time: (B, T_S), each row sums to 1; None if it predicts no time.
        space: (B, T_S, h, w), each map sums to 1; None if it predicts no
            place in the frame.
    """
    time: Optional[Tensor] = None
    space: Optional[Tensor] = None

    def fields(self) -> Dict[str, Tensor]:
        """Those that there are, as ``sampling_grid`` names them."""
        return {f'heatmap_{axis}': maps.detach().float().cpu()
                for axis, maps in self._asdict().items() if maps is not None}


class Located(NamedTuple):
    """Theta, and the heat maps of a locator that has some."""
    theta: Theta
    heatmaps: Optional[Heatmaps] = None


def frame_positions(count: int) -> Tensor:
    """(n,) relative positions of n uniform frames, from -1 to 1."""
    steps = torch.arange(count, dtype=torch.float32)
    return (2 * steps - (count - 1)) / max(count - 1, 1)  # 0 of one frame


def cell_positions(count: int) -> Tensor:
    """(n,) relative positions of the middles of n cells that fill a frame."""
    return (2 * torch.arange(count, dtype=torch.float32) + 1) / count - 1


def frozen_theta(lengths: Tensor, num_frames: int) -> Theta:
    """The centre crop of uniform frames (supplement, Sec. 3).

    Centre 0, time stride L / T_D, space stride 1 px.

    Args:
        lengths: (B,) float, valid raw frames.
        num_frames: T_D.
    """
    zero = torch.zeros_like(lengths)
    zeros = zero.unsqueeze(-1).expand(-1, num_frames)
    ones = torch.ones_like(zeros)
    return Theta(zero, lengths / num_frames, zeros, ones, zeros, ones)
