"""VGGish, a network of spectrograms (Hershey et al., ICASSP 2017)."""

from typing import List

import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ..._checks import require, require_choice, require_int
from ..common.pretrained import InitCfg, take_pretrained

STAGES = ('conv4_2', 'pool4', 'fc1', 'fc2')
# Channels relative to those of the first convolution; 0: a maximum of 2 x 2
_LAYERS = (1, 0, 2, 0, 4, 4, 0, 8, 8, 0)
# Positions of the last map: of 96 x 64 there, of 200 x 40 in SCSampler
_CELLS = 24


@MODELS.register_module()
class VGGish(BaseModule):
    """Convolutions, and fully connected layers on the flattened map.

    Names of the entries are those of the PyTorch conversions of the official
    weights (``features.0.weight``, ``embeddings.0.weight``), which its
    ``init_cfg`` loads. A spectrogram of 200 steps x 40 bands ends in as many
    positions, 12 x 2, as VGGish's own of 96 x 64, 6 x 4; its fully connected
    layers fit, though their weights were learned for other positions.

    Args:
        stage: the last layer. ``'conv4_2'``, ``'pool4'``: the mean of that
            map; ``'fc1'``: 4096 numbers, after both layers of that name;
            ``'fc2'``: 128 numbers.
        base_channels: of the first convolution (64).
        fc_channels: of the layers ``fc1`` (4096).
        frozen: whether it keeps its weights.
        init_cfg: ``dict(type='Pretrained', checkpoint=...)`` must fill it.

    Attributes:
        out_channels: C.

    Raises:
        ValueError: if an option is unknown.
    """

    def __init__(self, stage: str = 'fc2', base_channels: int = 64,
                 fc_channels: int = 4096, frozen: bool = False,
                 init_cfg: InitCfg = None) -> None:
        init_cfg, self.pretrained = take_pretrained(init_cfg)
        # It has no norms: torch's own initialisation makes maps fade from
        # layer to layer, and training from scratch would not begin.
        super().__init__(init_cfg=init_cfg or dict(
            type='Kaiming', layer=['Conv2d', 'Linear'], mode='fan_in'))
        require_choice('stage', stage, STAGES)
        require_int('base_channels', base_channels)
        require_int('fc_channels', fc_channels)
        layers: List[nn.Module] = []
        self.out_channels = 1
        for factor in _LAYERS[:None if stage != 'conv4_2' else -1]:
            if factor:
                width = factor * base_channels
                layers += [nn.Conv2d(self.out_channels, width, 3, padding=1),
                           nn.ReLU(inplace=True)]
                self.out_channels = width
            else:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential()
        widths = dict(fc1=(fc_channels, ) * 2,
                      fc2=(fc_channels, fc_channels, 128)).get(stage, ())
        for i, width in enumerate(widths):
            inputs = self.out_channels * (_CELLS if i == 0 else 1)
            self.embeddings.extend(
                [nn.Linear(inputs, width), nn.ReLU(inplace=True)])
            self.out_channels = width
        self.frozen = frozen
        if frozen:
            self.requires_grad_(False)

    def init_weights(self) -> None:
        """Load the file, if there is one."""
        super().init_weights()
        if self.pretrained is not None:
            self.pretrained.load_backbone(self)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """(n, 1, bands, steps) log-mel -> (n, C)."""
        # VGGish has time along its first axis.
        maps = self.features(spectrograms.transpose(2, 3))
        if not len(self.embeddings):
            return maps.mean((2, 3))
        cells = maps.size(2) * maps.size(3)
        require(cells == _CELLS, 'spectrogram',
                tuple(spectrograms.shape[2:]),
                f'bands and steps that leave {_CELLS} positions after four '
                'halvings, such as (40, 200)',
                'Change the AudioView, or take the mean of a map (stage).')
        return self.embeddings(maps.permute(0, 2, 3, 1).flatten(1))
