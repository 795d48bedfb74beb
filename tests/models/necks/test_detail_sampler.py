"""f_theta, its scaling, freezing and gradient; the contextual features."""

import math

import pytest
import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.logging import MMLogger
from mmengine.model import ExponentialMovingAverage
from mmengine.registry import init_default_scope

from s2dnet_mmaction.functional import detail_sample
from s2dnet_mmaction.functional.sampling.backends import choice
from s2dnet_mmaction.models.necks import LocationScale

IN_SHAPE, NUM_CLASSES, SIZE = (6, 3, 2, 4), 5, (4, 6, 8)


def build(**options):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='DetailSampler',
            in_shape=IN_SHAPE,
            num_classes=NUM_CLASSES,
            size=SIZE,
            **options))


def inputs(batch=3, num_frames=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    frames = torch.randint(
        0,
        256, (batch, num_frames, 3, 12, 16),
        dtype=torch.uint8,
        generator=generator)
    lengths = torch.tensor([num_frames, 1, 5])[:batch]
    e = torch.randn(batch, *IN_SHAPE, generator=generator)
    topk = torch.eye(NUM_CLASSES)[:batch]
    return frames, lengths, e, topk


class TestLocationScale:

    def test_conv_trunk_is_equation_4(self):
        """The factored first layer equals a convolution of [e, E(s)]."""
        torch.manual_seed(0)
        module = LocationScale(IN_SHAPE, NUM_CLASSES, 4).double().train()
        _, _, e, s = inputs()
        e, s = e.double(), s.double()
        weight = torch.cat([
            module.reduce.conv.weight.flatten(1), module.reduce.linear.weight
        ], dim=1)[..., None, None, None]
        assert weight.shape == (64, 11, 1, 1, 1)
        seen = torch.cat(
            [e, s[..., None, None, None].expand(-1, -1, 3, 2, 4)], dim=1)
        hidden = nn.functional.conv3d(seen, weight)
        hidden = nn.BatchNorm3d(64).double()(hidden).relu()
        conv = module.trunk[2]
        assert conv.weight.shape == (4, 64, 3, 3, 3)
        hidden = nn.functional.conv3d(hidden, conv.weight, padding=1)
        hidden = nn.BatchNorm3d(4).double()(hidden).relu().flatten(1)
        raw = module(e, s)
        for axis, numbers in (('time', 1), ('space', 8)):
            fc, = module.fcs[axis]
            expected = fc(hidden).view(3, 2, numbers)
            torch.testing.assert_close(raw[axis], expected)

    def test_initialisation(self):
        module = LocationScale((64, 4, 5, 5), 10, 8)
        for axis in ('time', 'space'):
            fc, = module.fcs[axis]
            bound = math.sqrt(6 / ((1 + 5**2) * fc.in_features))
            assert 0.8 * bound < fc.weight.abs().max() <= bound
            assert (fc.bias == 0).all()

    def test_mlp_trunk_and_space_follows_time(self):
        module = LocationScale(
            IN_SHAPE, NUM_CLASSES, 4, trunk='mlp', space_follows_time=True)
        widths = [
            layer.out_features for layer in module.trunk
            if isinstance(layer, nn.Linear)
        ]
        assert widths == [1024, 512]
        assert [fc.in_features for fc in module.fcs['time']] == [512, 512]
        assert [fc.in_features for fc in module.fcs['space']] == [514, 514]
        assert [fc.out_features for fc in module.fcs['space']] == [8, 8]
        _, _, e, s = inputs()
        raw = module(e, s)
        assert raw['time'].shape == (3, 2, 1)
        assert raw['space'].shape == (3, 2, 8)
        # the space numbers move with the time numbers
        with torch.no_grad():
            module.fcs['time'][0].bias += 1
            moved = module(e, s)
        assert (moved['space'] != raw['space']).any()

    def test_order_of_the_axes_does_not_matter(self):
        module = LocationScale(
            IN_SHAPE,
            NUM_CLASSES,
            4,
            space_follows_time=True,
            axes=('space', 'time'))
        _, _, e, s = inputs()
        assert module(e, s)['space'].shape == (3, 2, 8)

    def test_float32_under_autocast(self):
        """Same numbers and gradients as without: nothing runs in half."""
        _, _, e, s = inputs()
        results = []
        for enabled in (False, True):
            torch.manual_seed(0)
            module = LocationScale(IN_SHAPE, NUM_CLASSES, 4)
            with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
                raw = module(e, s)
            (raw['time'].sum() + raw['space'].sum()).backward()
            results.append(
                [*raw.values(), *(p.grad for p in module.parameters())])
        for one, other in zip(*results):
            assert torch.equal(one, other)

    def test_mlp_trunk_refuses_a_training_batch_of_one(self):
        module = LocationScale(IN_SHAPE, NUM_CLASSES, 4, trunk='mlp')
        _, _, e, s = inputs(batch=1)
        with pytest.raises(ValueError, match='drop_last=True'):
            module(e, s)
        assert module.eval()(e, s)['time'].shape == (1, 2, 1)

    def test_space_follows_time_needs_both_axes(self):
        with pytest.raises(ValueError, match='space_follows_time'):
            LocationScale(
                IN_SHAPE,
                NUM_CLASSES,
                4,
                space_follows_time=True,
                axes=('space', ))


class TestScaling:
    """Supplement, Eqs. (1)-(2)."""

    def locate(self, raw_time, raw_space, **options):
        sampler = build(**options)
        frames, lengths, e, topk = inputs()

        class Fixed(nn.Module):

            def forward(self, e, topk):
                return dict(
                    time=torch.tensor(raw_time).view(1, 2, 1).expand(3, 2, 1),
                    space=torch.cat([
                        torch.tensor(raw_space).repeat_interleave(4).view(
                            2, 8)
                    ])[None].expand(3, 2, 8))

        sampler.location_scale = Fixed()
        return sampler.locate(lengths, frames.shape[-2:], e, topk), lengths

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


class TestStages:

    def test_frozen_is_the_centre_crop_of_uniform_frames(self):
        sampler = build().train()
        sampler.live = False
        frames, lengths, e, topk = inputs()
        volume, theta = sampler(frames, lengths, e, topk)
        assert not volume.requires_grad
        zeros, ones = torch.zeros(3, 4), torch.ones(3, 4)
        expected = detail_sample(
            frames,
            lengths,
            center_t=torch.zeros(3),
            stride_t=lengths / 4,
            center_y=zeros,
            stride_y=ones,
            center_x=zeros,
            stride_x=ones,
            size=SIZE)
        assert torch.equal(volume, expected)

    def test_frozen_leaves_batch_norm_alone(self):
        sampler = build().train()
        sampler.live = False
        before = {k: v.clone() for k, v in sampler.state_dict().items()}
        sampler(*inputs())
        for name, value in sampler.state_dict().items():
            assert torch.equal(value, before[name]), name

    def test_stage_is_saved_with_the_weights(self):
        frozen = build()
        frozen.live = False
        other = build()
        assert other.live
        other.load_state_dict(frozen.state_dict())
        assert not other.live
        frozen.live = True
        other.load_state_dict(frozen.state_dict())
        assert other.live

    def test_stage_survives_averaging(self):
        """As EMAHook and SyncBuffersHook do it."""
        model = nn.ModuleDict(dict(neck=build()))
        ema = ExponentialMovingAverage(model, 0.1, update_buffers=True)
        for live in (False, False, True):
            model['neck'].live = live
            ema.update_parameters(model)
            other = build()
            other.load_state_dict(ema.module['neck'].state_dict())
            assert other.live == live

    def test_training_frozen_without_a_hook_is_said(self, caplog):
        sampler = build().train()
        sampler.live = False
        logger = MMLogger.get_instance('frozen', logger_name='frozen')
        lines = []
        logger.handle = lambda record: lines.append(record.getMessage())
        try:
            sampler(*inputs())
            sampler(*inputs())
        finally:
            del logger.handle
        assert len(lines) == 1 and 'no TwoStageHook' in lines[0]
        sampler = build().train()
        sampler.live, sampler.staged = False, True
        sampler(*inputs())
        assert len(lines) == 1

    def test_a_missing_kernel_is_said_once(self, monkeypatch):
        """Same result, slower; the log tells why and what to install."""
        sampler = build().eval()
        expected, _ = sampler(*inputs())
        monkeypatch.setitem(choice._KERNELS, 'numba', 'no_such_module')
        monkeypatch.setattr(choice, '_PROBLEMS', {})
        logger = MMLogger.get_instance('missing', logger_name='missing')
        lines = []
        logger.handle = lambda record: lines.append(record.getMessage())
        try:
            volume, _ = sampler(*inputs())
            build()(*inputs())
        finally:
            del logger.handle
        said = [line for line in lines if 'no compiled kernel' in line]
        assert len(said) == 1 and '(numba cannot be imported' in said[0]
        torch.testing.assert_close(volume, expected, rtol=0, atol=1e-3)

    def test_backend_is_passed_on(self):
        sampler = build(backend='triton')
        with pytest.raises(RuntimeError, match='and a cuda device'):
            sampler(*inputs())

    def test_normalises(self):
        sampler = build().eval()
        mean, std = torch.tensor([9., 8., 7.]), torch.tensor([5., 6., 7.])
        with torch.no_grad():
            raw, _ = sampler(*inputs())
            volume, _ = sampler(*inputs(), mean=mean, std=std)
        expected = (raw - mean.view(3, 1, 1)) / std.view(3, 1, 1)
        torch.testing.assert_close(volume, expected, rtol=1e-5, atol=1e-4)

    @pytest.mark.parametrize('axes', [(), ('time', ), ('space', ),
                                      ('time', 'space')])
    def test_axes(self, axes):
        """Tab. 2c: what is not predicted stays frozen."""
        sampler = build(axes=axes).train()
        frames, lengths, e, topk = inputs()
        if axes:
            for fcs in sampler.location_scale.fcs.values():
                nn.init.ones_(fcs[0].bias)
        theta = sampler.locate(lengths, frames.shape[-2:], e, topk)
        sampler.live = False
        frozen = sampler.locate(lengths, frames.shape[-2:], e, topk)
        for name in theta._fields:
            axis = 'time' if name.endswith('_t') else 'space'
            same = torch.equal(getattr(theta, name), getattr(frozen, name))
            assert same == (axis not in axes), name
        if not axes:
            assert list(sampler.parameters()) == []


class TestGradient:

    def gradient(self, scale=1.0, watch=True, normalise_grad='batch'):
        sampler = build(normalise_grad=normalise_grad).train()
        volume, _ = sampler(*inputs())
        caught = []
        volume.register_hook(caught.append)
        loss = (volume / 255).square().mean()
        if watch:
            sampler.watch_loss(loss)
        (loss * scale).backward()
        return caught[0], sampler

    def test_lies_in_minus_one_to_one(self):
        grad, _ = self.gradient()
        assert grad.abs().max() == 1

    def test_per_video(self):
        grad, _ = self.gradient(normalise_grad='video')
        assert grad.abs().amax((1, 2, 3, 4)).tolist() == [1, 1, 1]

    def test_not_at_all(self):
        grad, _ = self.gradient(normalise_grad=None)
        assert grad.abs().max() < 1e-2

    def test_loss_scale_passes_through(self):
        """As mixed precision and gradient accumulation need it."""
        _, plain = self.gradient()
        for scale in (2.0**16, 0.25):
            _, scaled = self.gradient(scale)
            for got, expected in zip(scaled.parameters(), plain.parameters()):
                torch.testing.assert_close(got.grad / scale, expected.grad)

    def test_idle_term_is_a_zero_gradient_for_each_parameter(self):
        sampler = build()
        sampler.live = False
        assert not sampler.idle_term().requires_grad  # no hook, no gradient
        sampler.staged = True
        assert float(sampler.idle_term()) == 0
        sampler.idle_term().backward()
        for parameter in sampler.parameters():
            assert (parameter.grad == 0).all()
        sampler.live = True
        assert not sampler.idle_term().requires_grad
        assert float(build(axes=()).idle_term()) == 0


def test_sampled_volume_moves_towards_the_target():
    """Gradient steps on theta bring a bright spot into view: the sampler
    can be trained. Adam 0.05, 150 steps; a bound with room to spare."""
    y, x = torch.meshgrid(
        torch.arange(48.), torch.arange(48.), indexing='ij')
    blob = 255 * torch.exp(-((y - 31)**2 + (x - 15)**2) / 200)
    frames = blob.to(torch.uint8).expand(1, 3, 1, 48, 48)
    mu = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.Adam([mu], lr=0.05)
    ones = torch.ones(1, 1)
    for _ in range(150):
        volume = detail_sample(
            frames,
            center_t=torch.zeros(1),
            stride_t=torch.ones(1),
            center_y=mu[:1, None].tanh(),
            stride_y=ones,
            center_x=mu[1:, None].tanh(),
            stride_x=ones,
            size=(1, 8, 8))
        optimizer.zero_grad()
        (-volume.mean()).backward()
        optimizer.step()
    center = (1 + mu.detach().tanh()) * 47 / 2
    assert (center - torch.tensor([31., 15.])).abs().max() < 1


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
    seen = torch.cat([e.mean((2, 3, 4)), s], dim=1)
    expected = nn.functional.batch_norm(
        seen @ module.fc.weight.T, None, None, training=True).relu()
    torch.testing.assert_close(m, expected)
