import pytest
import torch

from s2dnet_mmaction.functional import scale_to_unit
from s2dnet_mmaction.functional.sampling.gradients import normalise_gradient


def test_over_the_batch():
    grad = torch.tensor([[1., -4.], [2., 0.]])
    expected = torch.tensor([[.25, -1.], [.5, 0.]])
    torch.testing.assert_close(scale_to_unit(grad), expected)


def test_per_video():
    grad = torch.tensor([[1., -4.], [2., 0.]])
    expected = torch.tensor([[.25, -1.], [1., 0.]])
    torch.testing.assert_close(scale_to_unit(grad, 'video'), expected)


def test_zero_stays_zero():
    grad = torch.tensor([[0., 0.], [1., 2.]])
    assert scale_to_unit(torch.zeros(2, 3)).abs().max() == 0
    assert scale_to_unit(grad, 'video')[0].abs().max() == 0


def test_scale_of_the_loss_is_kept():
    grad = torch.tensor([[1., -4.]])
    scaled = scale_to_unit(grad * 1024, scale=torch.tensor(1024.))
    torch.testing.assert_close(scaled / 1024, scale_to_unit(grad))


class TestNormaliseGradient:

    weights = torch.tensor([[1., -4.], [2., 0.]])

    def gradient(self, factor=1.0, uses_zero=True, **options):
        """Of ``factor * sum(weights * volume)``."""
        leaf = torch.ones(2, 2, requires_grad=True)
        volume, zero = normalise_gradient(leaf, **options)
        assert torch.equal(volume, leaf) and zero == 0
        loss = (self.weights * volume).sum()
        (factor * (loss + zero if uses_zero else loss)).backward()
        return leaf.grad

    @pytest.mark.parametrize('per', ['batch', 'video'])
    def test_scale_of_the_loss_is_kept(self, per):
        unit = scale_to_unit(self.weights, per)
        for factor in (1.0, 2.0**16, 0.25):
            torch.testing.assert_close(
                self.gradient(factor, per=per), factor * unit)

    def test_a_zero_that_no_loss_uses_stands_for_1(self):
        for factor in (1.0, 2.0**16):
            torch.testing.assert_close(
                self.gradient(factor, uses_zero=False),
                scale_to_unit(self.weights))

    def test_none_adds_nothing_to_the_graph(self):
        torch.testing.assert_close(
            self.gradient(2.0, per=None), 2 * self.weights)
        leaf = torch.ones(2, 2, requires_grad=True)
        for volume, zero in (normalise_gradient(leaf, None),
                             normalise_gradient(torch.ones(2, 2), 'batch')):
            assert volume.grad_fn is None and not zero.requires_grad
        with torch.no_grad():
            volume, zero = normalise_gradient(leaf, 'batch', [leaf])
        assert volume is leaf and not zero.requires_grad

    @pytest.mark.parametrize('per', [None, 'batch'])
    def test_idle_parameters_get_zeros(self, per):
        idle = [
            torch.full((3, ), float('nan'), requires_grad=True),
            torch.ones(2, 2, requires_grad=True)
        ]
        leaf = torch.ones(2, 2, requires_grad=True)
        for start in (leaf.detach(), leaf):
            volume, zero = normalise_gradient(start, per, idle)
            assert volume.requires_grad == start.requires_grad
            (self.weights * volume + zero).sum().backward()
            for parameter in idle:
                assert parameter.grad.shape == parameter.shape
                assert (parameter.grad == 0).all()
        expected = scale_to_unit(self.weights, scale=4) if per else (
            self.weights)
        torch.testing.assert_close(leaf.grad, expected)

    def test_what_may_happen_before_the_backward(self):
        """A layer that works in place, a step of the optimiser."""
        leaf = torch.ones(2, 2, requires_grad=True)
        idle = torch.ones(1, requires_grad=True)
        volume, zero = normalise_gradient(leaf, 'batch', [idle])
        loss = (self.weights * volume.mul_(2)).sum() + zero
        with torch.no_grad():
            idle.add_(1)
        loss.backward()
        torch.testing.assert_close(leaf.grad, scale_to_unit(self.weights))
        assert idle.grad == 0

    def test_zero_is_exact_under_a_large_loss_scale(self):
        """float16 would turn it into infinity."""
        leaf = torch.ones(2, 2, dtype=torch.float16, requires_grad=True)
        idle = torch.ones(1, requires_grad=True)
        _, zero = normalise_gradient(leaf, None, [idle])
        assert zero.dtype == torch.float32

    def test_compiles_in_one_graph(self):

        def step(leaf):
            volume, zero = normalise_gradient(leaf, 'batch')
            return (self.weights * volume).sum() + zero

        leaf = torch.ones(2, 2, requires_grad=True)
        compiled = torch.compile(step, backend='aot_eager', fullgraph=True)
        (2 * compiled(leaf)).backward()
        torch.testing.assert_close(leaf.grad,
                                   2 * scale_to_unit(self.weights))
