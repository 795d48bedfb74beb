"""The detail sampler: freezing, sampling and gradient."""

import pytest
import torch
import torch.nn as nn
from mmengine.logging import MMLogger
from mmengine.model import ExponentialMovingAverage

from s2dnet_mmaction.functional import detail_sample
from s2dnet_mmaction.functional.sampling.backends import choice
from s2dnet_mmaction.models.necks import detail_sampler
from tests.support.necks import SIZE, build, inputs


class TestStages:

    def test_frozen_is_the_centre_crop_of_uniform_frames(self):
        sampler = build().train()
        sampler.live = False
        frames, lengths, e, topk = inputs()
        volume, _, zero, _ = sampler(frames, lengths, e, topk)
        assert not volume.requires_grad and not zero.requires_grad
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

    def test_training_frozen_without_a_hook_warns_once(self, monkeypatch):
        monkeypatch.setattr(detail_sampler, '_WARNED', set())
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

    def test_a_missing_kernel_warns_once(self, monkeypatch):
        """Same result, slower; the log has the reason."""
        sampler = build().eval()
        expected, *_ = sampler(*inputs())
        monkeypatch.setattr(detail_sampler, '_WARNED', set())
        monkeypatch.setitem(choice._KERNELS, 'numba', 'no_such_module')
        monkeypatch.setattr(choice, '_PROBLEMS', {})
        logger = MMLogger.get_instance('missing', logger_name='missing')
        lines = []
        logger.handle = lambda record: lines.append(record.getMessage())
        try:
            volume, *_ = sampler(*inputs())
            build()(*inputs())
        finally:
            del logger.handle
        said = [line for line in lines if 'no compiled kernel' in line]
        assert len(said) == 1 and '(numba cannot be imported' in said[0]
        torch.testing.assert_close(volume, expected, rtol=0, atol=1e-3)

    def test_a_broken_kernel_is_in_the_log_once(self, monkeypatch, recwarn):
        """The log tells it, so that no warning repeats it."""
        monkeypatch.setattr(detail_sampler, '_WARNED', set())
        for name, value in dict(_TOLD=set(), _PLAIN={},
                                _DEVICES=dict(triton='cpu'),
                                _KERNELS=dict(triton='gpu.launch'),
                                _PROBLEMS=dict(triton=None, numba=None),
                                fault_on='fails on {}'.format).items():
            monkeypatch.setattr(choice, name, value)
        logger = MMLogger.get_instance('broken', logger_name='broken')
        lines = []
        logger.handle = lambda record: lines.append(record.getMessage())
        try:
            for _ in range(2):
                build().eval()(*inputs())
        finally:
            del logger.handle
        said = [line for line in lines if 'kernel' in line]
        assert len(said) == 1 and '(triton fails on cpu)' in said[0]
        assert not [w for w in recwarn if 'triton' in str(w.message)]

    def test_backend_is_passed_on(self):
        sampler = build(backend='triton')
        with pytest.raises(RuntimeError, match='and a cuda device'):
            sampler(*inputs())

    def test_normalises(self):
        sampler = build().eval()
        mean, std = torch.tensor([9., 8., 7.]), torch.tensor([5., 6., 7.])
        with torch.no_grad():
            raw, *_ = sampler(*inputs())
            volume, *_ = sampler(*inputs(), mean=mean, std=std)
        expected = (raw - mean.view(3, 1, 1)) / std.view(3, 1, 1)
        torch.testing.assert_close(volume, expected, rtol=1e-5, atol=1e-4)

    @pytest.mark.parametrize('axes', [(), ('time', ), ('space', ),
                                      ('time', 'space')])
    def test_axes(self, axes):
        """Tab. 2c: what is not predicted stays frozen."""
        sampler = build(axes=axes).train()
        frames, lengths, e, topk = inputs()
        if axes:
            for fcs in sampler.locator.fcs.values():
                nn.init.ones_(fcs[0].bias)
        theta, _ = sampler.locate(lengths, frames.shape[-2:], e, topk)
        sampler.live = False
        frozen, _ = sampler.locate(lengths, frames.shape[-2:], e, topk)
        for name in theta._fields:
            axis = 'time' if name.endswith('_t') else 'space'
            same = torch.equal(getattr(theta, name), getattr(frozen, name))
            assert same == (axis not in axes), name
        if not axes:
            assert list(sampler.parameters()) == []


class TestGradient:

    def gradient(self, scale=1.0, normalise_grad='batch'):
        """Of the volume that a loss sees, and of the parameters."""
        sampler = build(normalise_grad=normalise_grad).train()
        volume, _, zero, _ = sampler(*inputs())
        node = volume.grad_fn
        caught = []
        if normalise_grad:
            node.register_hook(lambda grads, _: caught.append(grads[0]))
        else:
            volume.register_hook(caught.append)
        loss = (volume / 255).square().mean() + zero
        (loss * scale).backward()
        return caught[0], [p.grad for p in sampler.parameters()]

    @pytest.mark.parametrize('per', ['batch', 'video'])
    def test_lies_in_minus_one_to_one(self, per):
        grad, _ = self.gradient(normalise_grad=per)
        largest = grad.abs().amax((1, 2, 3, 4))
        assert largest.max() == 1
        assert (largest == 1).all() == (per == 'video')

    def test_not_at_all(self):
        grad, _ = self.gradient(normalise_grad=None)
        assert grad.abs().max() < 1e-2

    def test_loss_scale_passes_through(self):
        """As mixed precision and gradient accumulation need it."""
        _, plain = self.gradient()
        for scale in (2.0**16, 0.25):
            _, scaled = self.gradient(scale)
            for got, expected in zip(scaled, plain):
                torch.testing.assert_close(got / scale, expected)

    def test_idle_parameters_get_zeros_where_a_hook_removes_them(self):
        sampler = build().train()
        sampler.live, sampler.staged = False, True
        volume, _, zero, _ = sampler(*inputs())
        assert zero == 0 and not volume.requires_grad
        zero.backward()
        for parameter in sampler.parameters():
            assert (parameter.grad == 0).all()
        sampler.live = True
        assert not sampler(*inputs())[2].requires_grad
        frozen = build(axes=())
        frozen.live, frozen.staged = False, True
        assert not frozen(*inputs())[2].requires_grad


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
