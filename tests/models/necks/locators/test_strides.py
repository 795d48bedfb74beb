"""Scaling of theta, and the bounds of its strides."""

import math

import pytest
import torch
import torch.nn as nn

from s2dnet_mmaction.functional import detail_sample
from s2dnet_mmaction.models.necks import LocationScale
from tests.support.necks import SIZE, build, inputs


class TestScaling:
    """Supplement, Eqs. (1)-(2)."""

    def locate(self, raw_time, raw_space, **options):
        sampler = build(**options)
        frames, lengths, e, topk = inputs()

        class Fixed(LocationScale):

            def __init__(self, strides):
                nn.Module.__init__(self)
                self.strides = strides

            def predict(self, e, topk):
                return dict(
                    time=torch.tensor(raw_time).view(1, 2, 1).expand(3, 2, 1),
                    space=torch.cat([
                        torch.tensor(raw_space).repeat_interleave(4).view(
                            2, 8)
                    ])[None].expand(3, 2, 8))

        sampler.locator = Fixed(sampler.locator.strides)
        located = sampler.locate(lengths, frames.shape[-2:], e, topk)
        return located.theta, lengths

    def test_zero_is_the_initial_window(self):
        theta, lengths = self.locate([0., 0.], [0., 0., 0., 0.])
        torch.testing.assert_close(theta.stride_t, lengths / (2 * SIZE[0]))
        for name in ('center_t', 'center_y', 'center_x'):
            assert getattr(theta, name).abs().max() == 0
        for name in ('stride_y', 'stride_x'):
            assert (getattr(theta, name) == 1).all()
        assert theta.center_y.shape == (3, 4)

    def test_tanh_and_exp_land_on_the_right_parameter(self):
        # space: mu_y, mu_x, delta_y, delta_x
        theta, lengths = self.locate([.1, .2], [.3, .4, .5, .6])
        expected = dict(
            center_t=math.tanh(.1),
            center_y=math.tanh(.3),
            center_x=math.tanh(.4),
            stride_y=math.exp(.5),
            stride_x=math.exp(.6))
        for name, value in expected.items():
            assert getattr(theta, name).flatten().tolist() == pytest.approx(
                [value] * getattr(theta, name).numel())
        torch.testing.assert_close(theta.stride_t,
                                   lengths / 8 * math.exp(.2))

    def test_no_stride_overflows(self):
        for huge in (1e3, -1e3):
            theta, _ = self.locate([0., huge], [0., 0., huge, huge])
            for number in theta:
                assert number.isfinite().all()
            assert (theta.stride_t > 0).all()
            frames, lengths, _, _ = inputs()
            out = detail_sample(
                frames, lengths, **theta._asdict(), size=(4, 5, 7))
            assert out.isfinite().all()

    def test_strides_stay_within_max_zoom(self):
        free, _ = self.locate([0., 1e-3], [0., 0., 1e-3, -1e-3])
        near, _ = self.locate([0., 1e-3], [0., 0., 1e-3, -1e-3],
                              max_zoom=(1.5, 2.0))
        for one, other in zip(free, near):  # near 0 the bound is not felt
            torch.testing.assert_close(one, other, rtol=1e-6, atol=0)
        theta, lengths = self.locate([0., .3], [0., 0., 1e3, -1e3],
                                     max_zoom=(1.5, 2.0))
        bound = math.log(1.5)
        torch.testing.assert_close(
            theta.stride_t,
            lengths / 8 * math.exp(bound * math.tanh(.3 / bound)))
        torch.testing.assert_close(theta.stride_y,
                                   torch.full_like(theta.stride_y, 2.0))
        torch.testing.assert_close(theta.stride_x,
                                   torch.full_like(theta.stride_x, 0.5))

    def test_max_zoom_of_one_axis(self):
        theta, lengths = self.locate([0., 1.], [0., 0., 5., 5.],
                                     max_zoom=(None, 2.0))
        torch.testing.assert_close(theta.stride_t, lengths / 8 * math.e)
        assert theta.stride_y.max() <= 2

    @pytest.mark.parametrize('max_zoom', [2.0, (2.0, ), (1.0, 2.0), (0.5, 2),
                                          ('2', 2), (2.0, 1e20)])
    def test_wrong_max_zoom(self, max_zoom):
        with pytest.raises(ValueError, match='max_zoom'):
            build(max_zoom=max_zoom)

    def test_span_of_the_release(self):
        """The first window is the whole video and the whole frame."""
        theta, lengths = self.locate([0., 0.], [0., 0., 0., 0.],
                                     init_span=(1.0, 1.0))
        torch.testing.assert_close(theta.stride_t, lengths / SIZE[0])
        assert theta.stride_y.unique().tolist() == [12 / SIZE[1]]
        assert theta.stride_x.unique().tolist() == [16 / SIZE[2]]
