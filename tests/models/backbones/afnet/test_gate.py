"""From logits to masks."""

import pytest
import torch

from s2dnet_mmaction.models.backbones.afnet.gate import FrameGate

LOGITS = torch.tensor([[0., 1.], [2., -1.], [.5, .5], [-3., 3.]])


def test_evaluation_takes_the_larger_logit():
    """A tie skips the frame, as in the authors' code."""
    gate = FrameGate().eval()
    assert gate(LOGITS).tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize('gate', [
    FrameGate().train(), FrameGate(eval_kind='sample').eval()])
def test_samples_have_the_probabilities_of_the_logits(gate):
    """Whatever the temperature is; each mask is 0 or 1."""
    torch.manual_seed(0)
    logits = torch.tensor([.3, -.4]).expand(40_000, 2)
    for temperature in (1.0, 0.01):
        gate.temperature = temperature
        mask = gate(logits)
        assert set(mask.tolist()) == {0, 1}
        assert mask.mean() == pytest.approx(1 / (1 + 2.718281828**.7), abs=.01)


def test_straight_through_gradient():
    """That of the soft sample, by hand."""
    gate = FrameGate().train()
    gate.temperature = 0.7
    logits = LOGITS.clone().requires_grad_()
    torch.manual_seed(3)
    weights = torch.arange(1., 5)
    (gate(logits) * weights).sum().backward()
    torch.manual_seed(3)
    noise = -torch.empty(4, 2).exponential_().log()
    soft = ((LOGITS + noise) / 0.7).softmax(-1)
    slope = weights * soft[:, 1] * soft[:, 0] / 0.7
    torch.testing.assert_close(logits.grad,
                               torch.stack([-slope, slope], 1))


def test_soft_weights():
    gate = FrameGate('soft')
    assert not gate.is_hard
    for mode in (True, False):
        gate.train(mode)
        torch.testing.assert_close(gate(LOGITS), LOGITS.softmax(-1)[:, 1])


def test_half_precision():
    """A temperature of 0.01 stays finite."""
    gate = FrameGate().train()
    gate.temperature = 0.01
    logits = (LOGITS * 100).half().requires_grad_()
    gate(logits).sum().backward()
    assert logits.grad.isfinite().all()


def test_bad_options():
    with pytest.raises(ValueError, match="gate: got 'hard'"):
        FrameGate('hard')
    with pytest.raises(ValueError, match="eval_gate: got 'mean'"):
        FrameGate(eval_kind='mean')
