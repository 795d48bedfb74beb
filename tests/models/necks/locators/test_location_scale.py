"""f_theta (Eq. 4)."""

import math

import pytest
import torch
import torch.nn as nn

from s2dnet_mmaction.models.necks import LocationScale
from s2dnet_mmaction.models.necks.locators.strides import Strides
from tests.support.necks import IN_SHAPE, NUM_CLASSES, SIZE, inputs


def locator(in_shape=IN_SHAPE, num_classes=NUM_CLASSES, **options):
    return LocationScale(in_shape, num_classes, Strides(SIZE), **options)


class TestLocationScale:

    def test_conv_trunk_is_equation_4(self):
        """The factored first layer equals a convolution of [e, E(s)]."""
        torch.manual_seed(0)
        module = locator().double().train()
        _, _, e, s = inputs()
        e, s = e.double(), s.double()
        weight = torch.cat([
            module.reduce.conv.weight.flatten(1), module.reduce.linear.weight
        ], dim=1)[..., None, None, None]
        assert weight.shape == (64, 11, 1, 1, 1)
        joined = torch.cat(
            [e, s[..., None, None, None].expand(-1, -1, 3, 2, 4)], dim=1)
        hidden = nn.functional.conv3d(joined, weight)
        hidden = nn.BatchNorm3d(64).double()(hidden).relu()
        conv = module.trunk[2]
        assert conv.weight.shape == (4, 64, 3, 3, 3)
        hidden = nn.functional.conv3d(hidden, conv.weight, padding=1)
        hidden = nn.BatchNorm3d(4).double()(hidden).relu().flatten(1)
        raw = module.predict(e, s)
        for axis, numbers in (('time', 1), ('space', 8)):
            fc, = module.fcs[axis]
            expected = fc(hidden).view(3, 2, numbers)
            torch.testing.assert_close(raw[axis], expected)

    def test_initialisation(self):
        module = locator((64, 4, 5, 5), 10)
        for axis in ('time', 'space'):
            fc, = module.fcs[axis]
            bound = math.sqrt(6 / ((1 + 5**2) * fc.in_features))
            assert 0.8 * bound < fc.weight.abs().max() <= bound
            assert (fc.bias == 0).all()

    def test_mlp_trunk_and_space_follows_time(self):
        module = locator(trunk='mlp', space_follows_time=True)
        widths = [
            layer.out_features for layer in module.trunk
            if isinstance(layer, nn.Linear)
        ]
        assert widths == [1024, 512]
        assert [fc.in_features for fc in module.fcs['time']] == [512, 512]
        assert [fc.in_features for fc in module.fcs['space']] == [514, 514]
        assert [fc.out_features for fc in module.fcs['space']] == [8, 8]
        _, _, e, s = inputs()
        raw = module.predict(e, s)
        assert raw['time'].shape == (3, 2, 1)
        assert raw['space'].shape == (3, 2, 8)
        # the space numbers move with the time numbers
        with torch.no_grad():
            module.fcs['time'][0].bias += 1
            moved = module.predict(e, s)
        assert (moved['space'] != raw['space']).any()

    def test_order_of_the_axes_does_not_matter(self):
        module = locator(space_follows_time=True, axes=('space', 'time'))
        _, _, e, s = inputs()
        assert module.predict(e, s)['space'].shape == (3, 2, 8)

    def test_float32_under_autocast(self):
        """Same numbers and gradients as without: nothing runs in half."""
        _, _, e, s = inputs()
        results = []
        for enabled in (False, True):
            torch.manual_seed(0)
            module = locator()
            with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
                raw = module.predict(e, s)
            (raw['time'].sum() + raw['space'].sum()).backward()
            results.append(
                [*raw.values(), *(p.grad for p in module.parameters())])
        for one, other in zip(*results):
            assert torch.equal(one, other)

    def test_mlp_trunk_refuses_a_training_batch_of_one(self):
        module = locator(trunk='mlp')
        _, _, e, s = inputs(batch=1)
        with pytest.raises(ValueError, match='drop_last=True'):
            module.predict(e, s)
        assert module.eval().predict(e, s)['time'].shape == (1, 2, 1)

    def test_space_follows_time_needs_both_axes(self):
        with pytest.raises(ValueError, match='space_follows_time'):
            locator(space_follows_time=True, axes=('space', ))

    def test_scaled_by_fan_in(self):
        """The same first theta; steps are smaller by the fan-in."""
        steps = []
        for scaled in (False, True):
            torch.manual_seed(0)
            module = locator(scale_by_fan_in=scaled)
            fc, = module.fcs['time']
            nn.init.zeros_(fc.bias)
            _, lengths, e, s = inputs()
            before = module(e, s, lengths.float(), (12, 16)).theta.center_t
            before.atanh().sum().backward()
            hidden = torch.autograd.grad(
                module.predict(e, s)['time'].sum(), fc.weight)[0][0]
            with torch.no_grad():  # a step of SGD
                fc.weight -= 1e-2 * hidden
                after = module.predict(e, s)['time'][:, 0, 0]
            steps.append((before, after - before.atanh()))
        torch.testing.assert_close(steps[0][0], steps[1][0])
        torch.testing.assert_close(steps[0][1] / fc.in_features, steps[1][1],
                                   rtol=1e-3, atol=1e-7)
