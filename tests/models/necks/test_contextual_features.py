"""The contextual features (Eq. 5)."""

import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support.necks import inputs


def test_contextual_features_are_equation_5():
    init_default_scope('mmaction')
    torch.manual_seed(0)
    module = MODELS.build(
        dict(
            type='ContextualFeatures',
            in_channels=6,
            num_classes=5,
            out_channels=7,
            dropout_ratio=0.0)).train()
    _, _, e, s = inputs()
    m = module(e, s)
    joined = torch.cat([e.mean((2, 3, 4)), s], dim=1)
    expected = nn.functional.batch_norm(
        joined @ module.fc.weight.T, None, None, training=True).relu()
    torch.testing.assert_close(m, expected)
