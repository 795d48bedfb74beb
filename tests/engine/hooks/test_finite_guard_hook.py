"""Trainings that the guard stops, and trainings that it leaves alone."""

import pytest
import torch
from mmengine.hooks import Hook

from s2dnet_mmaction.engine.hooks import finite_guard_hook
from tests.support import small_runs
from tests.support.small_runs import (
    F_THETA,
    OTHER,
    PLAIN,
    PoisonHook,
    poison_gradient,
    poison_theta,
    scaled,
)

HOOK = dict(type='FiniteGuardHook')
BUFFER = 'snet.backbone.conv1.bn.running_var'


def poison_loss(model):
    loss = model.loss

    def spoiled(*args, **kwargs):
        losses = loss(*args, **kwargs)
        return {**losses, 'loss_detail': losses['loss_detail'] / 0}

    model.loss = spoiled


@pytest.mark.parametrize('stage, poison, name', [
    (2, poison_theta, 'loss_detail, .*: got nan'),
    (2, poison_gradient(F_THETA), 'gradients of neck: got inf'),
    (2, poison_gradient(OTHER, float('nan')), 'gradients of cls_head: got n'),
    (1, poison_gradient(OTHER), 'gradients of cls_head: got inf'),
    (2, poison_loss, 'loss_detail.*: got inf'),
    (1, poison_loss, 'loss_detail.*: got inf'),
])
def test_training_stops_before_the_step(tmp_path, stage, poison, name):
    stages = [dict(type='TwoStageHook', switch_epoch=2 - stage)]
    runner = small_runs.build(
        tmp_path, [HOOK, *stages], optim_wrapper=PLAIN, train=(6, ) * 6)
    hook = PoisonHook(poison)
    runner.register_hook(hook)
    with pytest.raises(FloatingPointError, match=name) as caught:
        runner.train()
    message = str(caught.value)
    assert 'in epoch 1, iteration 2, before the step' in message
    assert 'last checkpoint whose validation was sound' in message
    now = small_runs.weights(runner.model)
    for parameter, before in hook.weights.items():
        assert torch.equal(now[parameter].nan_to_num(),
                           before.nan_to_num()), parameter


@pytest.mark.parametrize('name', ['snet.backbone.conv1.conv.weight', OTHER])
def test_one_of_several_optimizers(tmp_path, name):
    """Its step is not made; those of other optimisers may be, before it."""
    runner = small_runs.build_with_optimizers(tmp_path, [HOOK])
    hook = PoisonHook(poison_gradient(name))
    runner.register_hook(hook)
    part = name.split('.')[0]
    with pytest.raises(FloatingPointError, match=(
            f'^gradients of {part}: got inf in epoch 1, iteration 2, before')):
        runner.train()
    for parameter, now in small_runs.weights(runner.model).items():
        if parameter.startswith(part):
            assert torch.equal(now, hook.weights[parameter]), parameter
    small_runs.build_with_optimizers(tmp_path / 'sound', [HOOK]).train()


def test_without_the_guard_the_weights_are_lost(tmp_path):
    """So that the test above means something."""
    runner = small_runs.build(tmp_path, [], optim_wrapper=PLAIN)
    runner.register_hook(PoisonHook(poison_gradient(OTHER)))
    runner.train()
    assert not runner.model.get_parameter(OTHER).isfinite().all()


class SpoilHook(Hook):
    """Spoil the weights after an iteration, as its step would."""

    priority = 'VERY_HIGH'

    def __init__(self, at, name=OTHER):
        self.at, self.name = at, name

    def after_train_iter(self, runner, batch_idx, data_batch=None,
                         outputs=None):
        if runner.iter == self.at:
            with torch.no_grad():
                state = runner.model.state_dict()
                state[self.name].view(-1)[0] = float('nan')


@pytest.mark.parametrize('name', [OTHER, BUFFER])
@pytest.mark.parametrize('by_epoch', [True, False])
def test_no_checkpoint_of_spoiled_weights(tmp_path, by_epoch, name):
    """Nor does one of sound weights make room for it."""
    runner = small_runs.build(
        tmp_path, [HOOK], max_epochs=2, optim_wrapper=PLAIN,
        val=dict(lengths=[6]),
        checkpoint=dict(
            type='CheckpointHook', by_epoch=by_epoch, max_keep_ckpts=1,
            interval=1 if by_epoch else 2))
    runner.register_hook(SpoilHook(3, name))  # the last
    with pytest.raises(
            FloatingPointError, match='weights: got 1 tensors that are not '
            rf'finite \({name}\) after epoch 2, iteration 2'):
        runner.train()
    saved, = tmp_path.glob('*.pth')
    assert saved.stem == ('epoch_1' if by_epoch else 'iter_2')


def test_weights_before_a_validation_and_other_savers(tmp_path):
    """In a training by iterations; and if the runner itself saves."""
    for i, saver in enumerate((False, True)):
        runner = small_runs.build(
            tmp_path / str(i), [HOOK], optim_wrapper=PLAIN,
            val=dict(lengths=[6]),
            train_cfg=dict(
                type='IterBasedTrainLoop', max_iters=2,
                val_interval=5 if saver else 1))
        runner.register_hook(SpoilHook(0))
        if saver:
            save = Hook()
            save.after_train_iter = lambda runner, **_: (
                runner.save_checkpoint(str(tmp_path), 'own.pth'))
            runner.register_hook(save, 'LOWEST')
        with pytest.raises(FloatingPointError, match='weights.*iteration 1'):
            runner.train()
    assert not (tmp_path / 'own.pth').exists()


def test_a_mask_may_be_infinite(tmp_path):
    runner = small_runs.build(tmp_path, [HOOK], optim_wrapper=PLAIN)
    runner.model.register_buffer('mask', torch.tensor([0, -float('inf')]))
    runner.train()


@pytest.mark.parametrize('fused', [False, True])
def test_skipped_steps_are_no_errors(tmp_path, monkeypatch, fused):
    """Infinite gradients in every second iteration of five."""
    monkeypatch.setattr(finite_guard_hook, '_MAX_SKIPPED', 2)
    calls = []

    def poison(model):

        def spoil(grad):
            calls.append(grad)
            return grad / (len(calls) % 2)

        model.get_parameter(OTHER).register_hook(spoil)

    runner = small_runs.build(
        tmp_path, [HOOK, dict(type='SamplingStatisticsHook', interval=1)],
        optim_wrapper=scaled(fused), train=(6, ) * 10)
    runner.register_hook(PoisonHook(poison, at=0))
    runner.train()
    assert runner.optim_wrapper.loss_scaler.get_scale() == 2.0**8
    train = small_runs.scalars(runner, 'train/train_sampling/')
    assert len(train['center_t_mean']) == len(calls) == 5
    assert len(train['grad_norm_rest']) == 3
    assert torch.tensor(train['grad_norm_rest']).isfinite().all()


@pytest.mark.parametrize('fused', [False, True])
def test_skipped_steps_hide_no_nan(tmp_path, fused):
    """A loss scaler skips these steps for ever; the loss shows it."""
    runner = small_runs.build(
        tmp_path, [HOOK], optim_wrapper=scaled(fused))
    runner.register_hook(PoisonHook(poison_theta))
    with pytest.raises(FloatingPointError, match='loss_detail: got nan'):
        runner.train()


@pytest.mark.parametrize('fused', [False, True])
def test_too_many_skipped_steps(tmp_path, monkeypatch, fused):
    monkeypatch.setattr(finite_guard_hook, '_MAX_SKIPPED', 2)
    runner = small_runs.build(
        tmp_path, [HOOK], optim_wrapper=scaled(fused), train=(6, ) * 6)
    runner.register_hook(PoisonHook(poison_gradient(OTHER), at=0))
    with pytest.raises(FloatingPointError,
                       match='2 steps in a row .* up to epoch 1, iteration 2'):
        runner.train()


def poison_branch(model):
    with torch.no_grad():
        model.cls_head.fc_cls.bias[0] = float('nan')


def test_model_without_a_sampler(tmp_path):
    """SNet alone."""
    for poison, name in ((None, None), (poison_branch, 'loss_cls.*: got nan')):
        runner = small_runs.build(
            tmp_path / str(name is None), [HOOK], val=dict(lengths=[6]),
            optim_wrapper=PLAIN, replace=small_runs.SNET_ALONE)
        if poison is None:
            runner.train()
        else:
            runner.register_hook(PoisonHook(poison))
            with pytest.raises(FloatingPointError, match=name):
                runner.train()


def test_options_of_the_old_hook(tmp_path):
    with pytest.raises(TypeError, match=(
            r"FiniteGuardHook: got options \['interval'\], expected none.*"
            r"type='SamplingStatisticsHook', interval=\.\.\.")):
        small_runs.build(tmp_path, [dict(HOOK, interval=10)])


def test_accumulating_gradients_is_not_skipping(tmp_path, monkeypatch):
    monkeypatch.setattr(finite_guard_hook, '_MAX_SKIPPED', 1)
    small_runs.build(
        tmp_path, [HOOK],
        optim_wrapper=dict(PLAIN, accumulative_counts=2)).train()
