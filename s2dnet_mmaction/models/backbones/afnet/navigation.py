"""The navigation module, which looks for frames that matter (Fig. 2)."""

import torch
from torch import Tensor, nn

from .gate import KEEP, SKIP


class Navigation(nn.Module):
    """Logits of 'skip' and 'keep' for each frame.

    .. code-block:: text

        ample map -> mean over space -> 1x1 conv (C -> 2), norm, ReLU
                  -> a 2x2 matrix and a bias for each of the T positions

    NOTE(paper): the second step does not mix frames, as in the authors' code;
    the paper says it would (eq. 3). Its weights belong to positions in time,
    so that a checkpoint fits one T.

    Args:
        in_channels: C.
        num_frames: T.
    """

    def __init__(self, in_channels: int, num_frames: int) -> None:
        super().__init__()
        self.num_frames = num_frames
        self.squeeze = nn.Conv2d(in_channels, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(2)
        self.relu = nn.ReLU()
        self.decide = nn.Conv2d(2 * num_frames, 2 * num_frames, 1,
                                groups=num_frames)

    def init_decision(self, skip: float, keep: float) -> None:
        """Set the biases, so that nearly all frames are kept at first."""
        with torch.no_grad():
            bias = self.decide.bias.view(self.num_frames, 2)
            bias[:, SKIP], bias[:, KEEP] = skip, keep

    def forward(self, ample: Tensor) -> Tensor:
        """(N T, C, h, w) -> (N T, 2) logits."""
        pooled = ample.mean((2, 3), keepdim=True)
        features = self.relu(self.norm(self.squeeze(pooled)))
        clips = features.reshape(-1, 2 * self.num_frames, 1, 1)
        return self.decide(clips).reshape(-1, 2)
