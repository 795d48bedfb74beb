"""The transformer over the frames of a video (NSNet's FEM, second part)."""

import torch
import torch.nn as nn
from torch import Tensor

from ...._checks import require, require_int


class TemporalEncoder(nn.Module):
    """Features of frames that know of each other.

    .. code-block:: text

        (N, T, d) --> + places --> dropout --> L transformer layers

    A layer has heads of d / heads channels each and a feed-forward part of
    d hidden channels (supplement, A.1); it normalises after the sums.

    Args:
        channels: d.
        num_frames: T.
        num_layers: L; 3 agrees with the paper's multiply-adds.
        num_heads: of a layer (ours).
        dropout_ratio: after the places.
        layer_dropout_ratio: within the layers (torch's default).

    Raises:
        TypeError: if a number is no int.
        ValueError: if heads do not divide the channels.
    """

    def __init__(self, channels: int, num_frames: int, num_layers: int = 3,
                 num_heads: int = 8, dropout_ratio: float = 0.2,
                 layer_dropout_ratio: float = 0.1) -> None:
        super().__init__()
        require_int('num_frames', num_frames)
        require_int('num_layers', num_layers, minimum=0)
        require_int('num_heads', num_heads)
        require(channels % num_heads == 0, 'num_heads', num_heads,
                f'a divisor of the {channels} channels', 'Change it.')
        # The kind of the places is not known: learned ones are ours.
        self.places = nn.Parameter(torch.empty(num_frames, channels))
        self.dropout = nn.Dropout(dropout_ratio)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                channels, num_heads, dim_feedforward=channels,
                dropout=layer_dropout_ratio, batch_first=True)
            for _ in range(num_layers))
        nn.init.trunc_normal_(self.places, std=0.02)

    def forward(self, features: Tensor) -> Tensor:
        """(N, T, d) -> (N, T, d)."""
        require(features.size(1) == len(self.places), 'candidates',
                features.size(1), f'num_frames={len(self.places)} of NSNet',
                'Set num_candidates of SampleCandidates to it.')
        features = self.dropout(features + self.places)
        for layer in self.layers:
            features = layer(features)
        return features
