"""f_m: contextual features of a video for DNet (Eq. 5)."""

from typing import Optional

import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ..common.constant_concat_conv import build_norm, check_batch_norm_input


@MODELS.register_module()
class ContextualFeatures(BaseModule):
    """Contextual features m.

    Eq. (5): ``m = f_m([dropout(GAP(e)), s])``, f_m an FC, BN and ReLU.

    Args:
        in_channels: channels C_S of e.
        num_classes: length N of s.
        out_channels: C_m, 256 in the paper.
        dropout_ratio: dropout of GAP(e).
        norm_cfg: norm layer; None for none (the release).
        init_cfg: mmengine's initialisation config.
    """

    def __init__(self, in_channels: int, num_classes: int,
                 out_channels: int = 256, dropout_ratio: float = 0.5,
                 norm_cfg: Optional[dict] = dict(type='BN'),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.class_columns = {'fc.weight': in_channels}  # see fine_tuning
        self.out_channels = out_channels
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(
            in_channels + num_classes, out_channels, bias=norm_cfg is None)
        self.norm = build_norm(norm_cfg, out_channels, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, e: Tensor, topk: Tensor) -> Tensor:
        """e (B, C_S, T_S, h, w), s (B, N) -> m (B, C_m)."""
        check_batch_norm_input(self, self.norm, e.size(0))
        pooled = self.dropout(e.mean(dim=(2, 3, 4)))  # GAP
        m = self.fc(torch.cat([pooled, topk.to(pooled.dtype)], dim=1))
        return self.relu(self.norm(m))
