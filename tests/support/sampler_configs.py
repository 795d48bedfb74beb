"""What tests of the configs of samplers share."""

import functools
import json

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from s2dnet_mmaction.analysis.complexity import module_gmacs
from tests.support.glints import ROOT


def load(path):
    cfg = Config.fromfile(ROOT / path)
    init_default_scope(cfg.default_scope)
    return cfg


def fake_view(view):
    """What a view gives of two candidates."""
    if view.type == 'AudioView':
        return torch.randn(2, 1, 40, 200)
    if view.type == 'MotionView':
        channels, size = 5 if view.get('residuals') else 2, view.size
        size = [size, size]
    else:
        channels = 3
        crop = [step for step in view.pipeline
                if step.type in ('Resize', 'CenterCrop')][-1]
        size = crop.get('scale') or [crop.crop_size] * 2
    return torch.randint(0, 256, (2, view.num_frames, channels, *size),
                         dtype=torch.uint8)


class Counted(nn.Module):
    """A clip to its scores, or a view to its saliency."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, inputs):
        if hasattr(self.net, 'score'):
            scores = self.net.score(inputs)
            return tuple(scores.values()) if isinstance(
                scores, dict) else scores
        return self.net(inputs, stage='head')


@functools.lru_cache  # several configs share them
def gmacs(config, *shape):
    net = Counted(MODELS.build(json.loads(config)).eval())
    return module_gmacs(net, torch.zeros(shape))
