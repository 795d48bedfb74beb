"""Multiply-adds of masks."""

import pytest
import torch

from s2dnet_mmaction.models.backbones.afnet.frame_macs import (
    FrameMacs,
    count_frame_macs,
)
from tests.support import afnet


def test_masks():
    macs = FrameMacs(10.0, torch.tensor([1.0, 5.0], dtype=torch.float64))
    masks = torch.tensor([[1., 0, 1], [1, 1, 1]])
    assert macs.of(masks) == 3 * 10 + 2 * 1 + 3 * 5


def test_by_hand():
    """The first focal block of the small network, at 32 px: maps of 8 px."""
    model = afnet.build().eval()
    macs = count_frame_macs(model.backbone, model.cls_head, (32, 32))
    one = 8 * 8 * 16 * (16 // 2) * 9  # a 3x3 convolution in two groups
    assert macs.blocks[0] == 2 * one
    state = [hook for module in model.modules()
             for hook in module._forward_hooks.values()]
    assert state == []  # none is left behind


def test_ratio_one_is_the_whole_network():
    """Against a count of all convolutions by shapes."""
    model = afnet.build().eval()
    macs = count_frame_macs(model.backbone, model.cls_head, (64, 32))
    masks = torch.ones(4, 1)
    halves = torch.full((4, 1), 0.5)
    assert macs.of(masks) == pytest.approx(macs.fixed + macs.blocks.sum())
    assert macs.of(halves) == pytest.approx(
        macs.fixed + macs.blocks.sum() / 2)
