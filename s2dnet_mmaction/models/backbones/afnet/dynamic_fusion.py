"""Fusion of the two branches, channel by channel (Fig. 2)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DynamicFusion(nn.Module):
    """``theta ample + (1 - theta) focal``, theta from the means of both.

    .. code-block:: text

        theta = sigmoid(W2 relu(W1 mean(ample + focal)))     (N T, C)

    Args:
        channels: C.
        bias: whether the two linear layers have one.
    """

    def __init__(self, channels: int, bias: bool = False) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // 16, bias=bias)
        self.fc2 = nn.Linear(channels // 16, channels, bias=bias)
        self.relu = nn.ReLU()

    def forward(self, ample: Tensor, focal: Tensor) -> Tensor:
        """(N T, C, h, w) and (N T, C, H, W) -> (N T, C, H, W)."""
        ample, focal, size = _side_by_side(ample, focal)
        means = ample.mean((2, 3, 4, 5)) + focal.mean((2, 3, 4, 5))
        theta = self.fc2(self.relu(self.fc1(means))).sigmoid()
        theta = theta.view(*theta.shape, 1, 1, 1, 1)
        return torch.lerp(focal, ample, theta.to(focal.dtype)).reshape(size)


class AddFusion(nn.Module):
    """The sum of the branches, without weights (supplement, Tab. 6)."""

    def forward(self, ample: Tensor, focal: Tensor) -> Tensor:
        """(N T, C, h, w) and (N T, C, H, W) -> (N T, C, H, W)."""
        ample, focal, size = _side_by_side(ample, focal)
        return (ample + focal).reshape(size)


def _side_by_side(ample: Tensor, focal: Tensor) -> tuple:
    """Both maps in a form that broadcasts, with the ample one upsampled.

    Each of its numbers stands for a square of the other (nearest neighbour).
    Where the size is twice its size nothing is copied.

    Returns:
        ample (N T, C, h, 1, w, 1), focal (N T, C, h, p, w, q), and the size
        of the result.
    """
    height, width = ample.shape[-2:]
    size = focal.shape
    if (2 * height, 2 * width) != tuple(size[-2:]):
        ample = F.interpolate(ample, size[-2:])
        height, width = size[-2:]
    focal = focal.unflatten(3, (width, -1)).unflatten(2, (height, -1))
    return ample[:, :, :, None, :, None], focal, size
