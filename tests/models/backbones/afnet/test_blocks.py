"""Blocks that see some of the frames."""

import pytest
import torch
from torch import nn

from s2dnet_mmaction.models.backbones.afnet.blocks import (
    FocalBlock,
    ResidualBlock,
)
from s2dnet_mmaction.models.backbones.afnet.stacks import (
    basic_stack,
    bottleneck_stack,
    inverted_stack,
    resnet_shortcut,
)

T = 4
MASKS = [[0] * 8, [1] * 8, [0, 1, 1, 0, 0, 0, 0, 1]]


def randomise(module, seed=0):
    """Norms whose statistics are not those of the start."""
    torch.manual_seed(seed)
    for each in module.modules():
        if isinstance(each, nn.BatchNorm2d):
            each.running_mean.normal_(std=.3)
            each.running_var.uniform_(.5, 2)
            nn.init.normal_(each.weight, 1, .2)
            nn.init.normal_(each.bias, 0, .2)
    return module


def focal(kind, shift=True, mask_input=False, widen=False):
    """A block of 16 channels, or one from 8 to 16."""
    into = 8 if widen else 16
    stack, relu = {
        'bottleneck': (bottleneck_stack(into, 16, groups=2), True),
        'basic': (basic_stack(into, 16, groups=2), True),
        'inverted': (inverted_stack(into, 24, 16, 3, 1, True, True, 2), False)
    }[kind]
    return randomise(FocalBlock(
        stack, resnet_shortcut(into, 16), T if shift else None, relu,
        mask_input=mask_input)).eval(), into


@pytest.mark.parametrize('mask', MASKS)
@pytest.mark.parametrize('mask_input', [False, True])
@pytest.mark.parametrize('widen', [False, True])
@pytest.mark.parametrize('kind, shift', [
    ('bottleneck', True), ('bottleneck', False), ('basic', True),
    ('inverted', True)])
@pytest.mark.parametrize('layout', [
    torch.contiguous_format, torch.channels_last])
def test_skipping_is_masking(mask, mask_input, widen, kind, shift, layout):
    """Frame by frame; with and without gradients."""
    block, into = focal(kind, shift, mask_input, widen)
    x = torch.rand(8, into, 5, 6).to(memory_format=layout)
    mask = torch.tensor(mask, dtype=torch.float)
    picked = mask.nonzero().flatten()
    expected = block(x, mask)
    before = x.clone()
    torch.testing.assert_close(block.look_at(x, picked), expected)
    assert torch.equal(x, before)  # gradients are on
    with torch.no_grad():
        for _ in range(2):  # the second time with what the first one kept
            torch.testing.assert_close(
                block.look_at(before.clone(), picked), expected)


@pytest.mark.parametrize('mask_input', [False, True])
def test_gradients_of_training_against_a_loop(mask_input):
    """In float64, frame by frame, with the masks as factors."""
    block, into = focal('bottleneck', mask_input=mask_input)
    block.double()  # norms in eval mode: frames do not mix in them
    x = torch.rand(8, into, 3, 4, dtype=torch.double)
    mask = torch.tensor(MASKS[2], dtype=torch.double)

    def gradients(function):
        for parameter in block.parameters():
            parameter.grad = None
        inputs = [x.clone().requires_grad_(), mask.clone().requires_grad_()]
        out = function(*inputs)
        (out * torch.arange(out.numel()).view_as(out).sin()).sum().backward()
        return out, [*(each.grad for each in inputs),
                     *(each.grad for each in block.parameters())]

    def loop(x, mask):
        fold, outs = into // 8, []
        for i in range(8):
            shifted = x[i].clone()
            shifted[:fold] = x[i + 1, :fold] if i % T < T - 1 else 0
            shifted[fold:2 * fold] = x[i - 1, fold:2 * fold] if i % T else 0
            if mask_input:
                change = block.stack((mask[i] * shifted)[None])[0]
            else:
                change = mask[i] * block.stack(shifted[None])[0]
            outs.append((x[i] + change).relu())
        return torch.stack(outs)

    got, expected = gradients(block), gradients(loop)
    torch.testing.assert_close(got, expected, atol=1e-12, rtol=1e-12)


def test_response_to_zeros_follows_the_weights():
    """It is kept, until what may change them."""
    block, into = focal('bottleneck', mask_input=True)
    x, none = torch.rand(8, into, 3, 4), torch.zeros(0, dtype=torch.long)
    with torch.no_grad():
        first = block.look_at(x.clone(), none)
        calls = []
        block.stack.register_forward_hook(lambda *_: calls.append(1))
        block.look_at(x.clone(), none)
        assert not calls
        sgd = torch.optim.SGD(block.parameters(), lr=.1)
        for parameter in block.parameters():
            parameter.grad = torch.ones_like(parameter)
        sgd.step()  # in eval mode
        torch.testing.assert_close(
            block.look_at(x.clone(), none), block(x, torch.zeros(8)))
        for change in (lambda: block.train().eval(),
                       lambda: block.load_state_dict(block.state_dict())):
            with torch.no_grad():
                block.stack.bn3.bias += 1
            change()
            torch.testing.assert_close(
                block.look_at(x.clone(), none), block(x, torch.zeros(8)))
        assert not torch.equal(block.look_at(x.clone(), none), first)
        block.double()
        assert block.look_at(x.double(), none).dtype == torch.double


@pytest.mark.parametrize('shortcut', [None, nn.Identity()])
def test_plain_block(shortcut):
    block = ResidualBlock(basic_stack(4, 4), shortcut, relu=False).eval()
    x = torch.randn(2, 4, 5, 5)
    expected = block.stack(x) + (0 if shortcut is None else x)
    torch.testing.assert_close(block(x), expected)
