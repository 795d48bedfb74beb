"""Logits of each frame."""

import torch

from s2dnet_mmaction.models.backbones.afnet.navigation import Navigation


def test_by_hand():
    """Each position has weights of its own; frames do not mix."""
    torch.manual_seed(0)
    module = Navigation(5, 3).eval()
    maps = torch.randn(6, 5, 4, 2)
    logits = module(maps)
    weight = module.decide.weight.view(3, 2, 2)
    bias = module.decide.bias.view(3, 2)
    for i, one in enumerate(maps):
        hidden = module.squeeze.weight.view(2, 5) @ one.mean((1, 2))
        hidden = (hidden / (1 + module.norm.eps)**.5).relu()
        torch.testing.assert_close(
            logits[i], weight[i % 3] @ hidden + bias[i % 3])


def test_starts_with_all_frames_kept():
    module = Navigation(5, 3)
    module.init_decision(1, 10)
    skip, keep = module(torch.randn(6, 5, 4, 2)).unbind(1)
    assert (keep > skip).all()
    assert module.decide.bias.tolist() == [1, 10] * 3
