"""Numbers of real runs against what other hooks see; and the guard."""

import json
import math

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.registry import HOOKS, OPTIM_WRAPPERS

from s2dnet_mmaction.engine import SamplingDiagnosticsHook
from s2dnet_mmaction.engine.hooks import (
    sampling_diagnostics_hook,
    theta_record,
)
from s2dnet_mmaction.functional import Theta, sampling_statistics
from s2dnet_mmaction.models import S2DNet
from tests.support import small_runs, tiny

HOOK = dict(type='SamplingDiagnosticsHook', interval=1)
TRAIN = ((7, 5), (6, 6))  # lengths, by batch
PLAIN = dict(optimizer=dict(type='SGD', lr=0.01))
NORMS = ('grad_norm_f_theta', 'grad_norm_rest')
SIZE, FRAME = (4, 16, 20), (24, 28)


def statistics(thetas, lengths):
    theta = Theta(*map(torch.cat, zip(*thetas)))
    numbers = sampling_statistics(theta, torch.tensor(lengths), FRAME, SIZE)
    return {name: number.item() for name, number in numbers.items()}


def watch_gradients(runner):
    """Norms of the gradients that each step of the optimiser takes."""
    norms = []

    def note(optimizer, args, kwargs):
        squares = dict.fromkeys(NORMS, 0.0)
        for name, parameter in runner.model.named_parameters():
            if parameter.grad is not None:
                inside = name.startswith('neck.location_scale.')
                squares[NORMS[not inside]] += parameter.grad.double().pow(
                    2).sum().item()
        norms.append({name: n**0.5 for name, n in squares.items()})

    @HOOKS.register_module(force=True)
    class WatchGradients(Hook):

        def before_train(self, runner):
            runner.optim_wrapper.optimizer.register_step_pre_hook(note)

    runner.register_hook(WatchGradients())
    return norms


def test_numbers_are_those_of_the_run(tmp_path):
    """Of each batch in training, of the whole set in validation."""
    lengths = [7, 5, 6, 4, 9]
    runner = small_runs.build(
        tmp_path, [HOOK], val=dict(lengths=lengths))
    thetas, norms = small_runs.seen_thetas(runner), watch_gradients(runner)
    runner.train()

    train = small_runs.scalars(runner, 'train/train_sampling/')
    for i, batch in enumerate(TRAIN):
        assert thetas[i][0]  # training
        for name, number in statistics([thetas[i][1]], batch).items():
            assert train[name][i] == pytest.approx(number, rel=1e-5), name
        for name in NORMS:
            assert train[name][i] == pytest.approx(norms[i][name], rel=1e-5)
        # clipped to 1, both together
        assert math.hypot(*(train[name][i] for name in NORMS)) == (
            pytest.approx(1, rel=1e-3))
    assert len(train['center_t_mean']) == 2

    val = small_runs.scalars(runner, 'val/sampling/')
    assert not any(training for training, _ in thetas[2:])
    expected = statistics([theta for _, theta in thetas[2:]], lengths)
    assert {name: len(noted) for name, noted in val.items()
            } == dict.fromkeys(expected, 1)
    for name, number in expected.items():
        assert val[name][0] == pytest.approx(number, rel=1e-5), name
    # and not those of the last batch, of one video
    assert val['stride_t_std'][0] > 0

    lines = [
        json.loads(line) for line in next(
            tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines()
    ]
    assert len(lines) == 3
    for line, i in ((lines[0], 0), (lines[1], 1)):
        assert line['train/train_sampling/off_frame'] == train['off_frame'][i]
    # as the host does with all that is called grad_norm
    assert lines[1]['train/train_sampling/grad_norm_rest'] == pytest.approx(
        sum(train['grad_norm_rest']) / 2)
    assert lines[2]['val/sampling/off_frame'] == val['off_frame'][0]


def test_train_and_val_are_two_curves(tmp_path):
    """Also as the host logs by default, without train/ and val/."""
    runner = small_runs.build(tmp_path, [HOOK], val=dict(lengths=[6, 4]))
    runner.log_processor.log_with_hierarchy = False
    runner.train()
    train, _, val = (
        json.loads(line) for line in next(
            tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines())
    assert 'train_sampling/off_frame' in train and 'loss' in train
    assert 'sampling/off_frame' in val and 'acc/top1' in val
    assert not [name for name in train if name.startswith('sampling/')]
    assert not [name for name in val if name.startswith('train_sampling/')]


def test_views_and_interval(tmp_path):
    runner = small_runs.build(
        tmp_path, [dict(HOOK, interval=2)],
        train=(6, ) * 6,
        val=dict(lengths=[6, 8], views=2, collate='pseudo_collate'))
    thetas = small_runs.seen_thetas(runner)
    runner.train()
    train = small_runs.scalars(runner, 'train/train_sampling/')
    assert len(train['grad_norm_rest']) == 3
    noted = train['center_x_mean']  # the second, and the last of the epoch
    for i, n in ((1, 0), (2, 1)):
        assert noted[n] == pytest.approx(
            thetas[i][1][4].mean().item(), rel=1e-5)
    assert len(noted) == 2
    val = small_runs.scalars(runner, 'val/sampling/')
    assert val['center_x_mean'][0] == pytest.approx(
        statistics([thetas[-1][1]], [6, 6, 8, 8])['center_x_mean'])


def test_frozen_sampler_has_no_numbers(tmp_path):
    """Stage 1 of two; and the hook changes nothing of the training."""
    weights = []
    for hooks in ([HOOK], []):
        runner = small_runs.build(
            tmp_path / str(len(hooks)),
            [*hooks, dict(type='TwoStageHook', switch_epoch=1)],
            max_epochs=2,
            val=dict(lengths=[6, 4]))
        runner.train()
        weights.append(small_runs.weights(runner.model))
        train, val = (
            small_runs.scalars(runner, prefix)
            for prefix in ('train/train_sampling/', 'val/sampling/'))
        if hooks:  # two steps and one validation in stage 2
            assert {len(noted) for noted in train.values()} == {2}
            assert {len(noted) for noted in val.values()} == {1}
        else:
            assert not train and not val
    assert small_runs.same(*weights)


def test_accumulated_gradients(tmp_path, monkeypatch):
    # to gather gradients is not to skip a step
    monkeypatch.setattr(sampling_diagnostics_hook, '_MAX_SKIPPED', 1)
    runner = small_runs.build(
        tmp_path, [HOOK], optim_wrapper=dict(PLAIN, accumulative_counts=2))
    norms = watch_gradients(runner)
    runner.train()
    train = small_runs.scalars(runner, 'train/train_sampling/')
    assert len(train['center_t_mean']) == 2
    assert len(norms) == len(train['grad_norm_rest']) == 1
    for name in NORMS:
        assert train[name][0] == pytest.approx(norms[0][name], rel=1e-5)


def test_without_f_theta(tmp_path):
    runner = small_runs.build(
        tmp_path, [HOOK], val=dict(lengths=[6]), neck=dict(axes=()))
    runner.train()
    assert not small_runs.scalars(runner, 'train/train_sampling/')
    assert not small_runs.scalars(runner, 'val/sampling/')


# --- the guard -------------------------------------------------------------


def poison_theta(model):
    with torch.no_grad():
        model.neck.location_scale.fcs['time'][0].bias[0] = float('nan')


def poison_gradient(name, value=float('inf')):

    def poison(model):
        model.get_parameter(name).register_hook(
            lambda grad: torch.full_like(grad, value))

    return poison


F_THETA = 'neck.location_scale.fcs.space.0.bias'
OTHER = 'cls_head.fc_synopsis.weight'
BUFFER = 'snet.backbone.conv1.bn.running_var'


def poison_loss(model):
    loss = model.loss

    def spoiled(*args, **kwargs):
        losses = loss(*args, **kwargs)
        return {**losses, 'loss_detail': losses['loss_detail'] / 0}

    model.loss = spoiled


@HOOKS.register_module(force=True)
class PoisonHook(Hook):
    """Spoil the model before an iteration and note its weights."""

    def __init__(self, poison, at=1):
        self.poison, self.at = poison, at

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if batch_idx == self.at:
            self.poison(runner.model)
            self.weights = small_runs.weights(runner.model)


@pytest.mark.parametrize('stage, poison, name', [
    (2, poison_theta, r'theta.center_t.*: got nan'),
    (2, poison_gradient(F_THETA), 'grad_norm_f_theta: got inf'),
    (2, poison_gradient(OTHER, float('nan')), 'grad_norm_rest: got nan'),
    (1, poison_gradient(OTHER), 'grad_norm_rest: got inf'),
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


def test_without_the_guard_the_weights_are_lost(tmp_path):
    """So that the test above means something."""
    runner = small_runs.build(tmp_path, [], optim_wrapper=PLAIN)
    runner.register_hook(PoisonHook(poison_gradient(OTHER)))
    runner.train()
    assert not runner.model.get_parameter(OTHER).isfinite().all()


class SpoilHook(Hook):
    """Spoil the weights behind an iteration, as its step would."""

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
    """Of a training that is counted in iterations; and runner's own saving."""
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


def test_validation_stops_at_theta(tmp_path):
    """Of weights that are finite, but make no finite numbers."""
    wild = dict(optimizer=dict(type='SGD', lr=1e36))
    runner = small_runs.build(
        tmp_path, [HOOK], train=(6, 5), optim_wrapper=wild,
        val=dict(lengths=[6]))
    with pytest.raises(
            FloatingPointError, match='theta: got numbers that are not '
            'finite in the validation after epoch 1, iteration 1'):
        runner.train()
    runner.val()  # of no training: not stopped, but noted
    noted = small_runs.scalars(runner, 'val/sampling/')['center_t_mean']
    assert math.isnan(noted[-1])


def test_a_mask_may_be_infinite(tmp_path):
    runner = small_runs.build(tmp_path, [HOOK], optim_wrapper=PLAIN)
    runner.model.register_buffer('mask', torch.tensor([0, -float('inf')]))
    runner.train()


def test_hooks_do_not_stack_after_an_error(tmp_path):
    """As in a notebook: the same runner trains again."""
    hooks = [dict(type='TwoStageHook', switch_epoch=0), HOOK,
             dict(type='SamplingVisualizationHook')]
    runner = small_runs.build(tmp_path, hooks, optim_wrapper=PLAIN)
    weights = small_runs.weights(runner.model)
    runner.register_hook(PoisonHook(poison_theta))
    model, counts = runner.model, []
    for _ in range(2):
        with pytest.raises(FloatingPointError, match='theta'):
            runner.train()
        assert not model._forward_hooks  # the guard has left
        steps = runner.optim_wrapper.optimizer._optimizer_step_pre_hooks
        counts.append((len(model.neck._forward_hooks), len(steps)))
        model.load_state_dict(weights, strict=False)
        runner.train_loop._epoch = runner.train_loop._iter = 0
    assert counts == [(1, 1)] * 2  # those of the other hooks, once


@MODELS.register_module(force=True)
class TwoOptimizersS2DNet(S2DNet):

    def train_step(self, data, optim_wrapper):
        losses = self(**self.data_preprocessor(data, True), mode='loss')
        loss, log = self.parse_losses(losses)
        loss.backward()
        for wrapper in optim_wrapper.values():
            wrapper.step()
            wrapper.zero_grad()
        return log


def test_several_optimizers(tmp_path):
    """Norms over all of them are those of one; each step is looked at."""
    noted = []
    for kind in ('S2DNet', 'TwoOptimizersS2DNet'):
        runner = small_runs.build(
            tmp_path / kind, [HOOK, dict(type='TwoStageHook',
                                         switch_epoch=0)],
            optim_wrapper=PLAIN, type=kind)
        if kind != 'S2DNet':
            groups = {}
            for name, parameter in runner.model.named_parameters():
                groups.setdefault(name.split('.')[0], []).append(parameter)
            runner.optim_wrapper = OptimWrapperDict(**{
                name: OptimWrapper(torch.optim.SGD(group, lr=0.01))
                for name, group in groups.items()
            })
        runner.train()
        train = small_runs.scalars(runner, 'train/train_sampling/')
        noted.append(train)
    assert noted[0].keys() == noted[1].keys()
    for name, numbers in noted[0].items():
        assert noted[1][name] == pytest.approx(numbers, rel=1e-4), name
    runner.register_hook(PoisonHook(poison_gradient(OTHER)))
    runner.train_loop._epoch = runner.train_loop._iter = 0
    with pytest.raises(FloatingPointError, match='grad_norm_rest: got inf'):
        runner.train()
    for wrapper in runner.optim_wrapper.values():
        assert len(wrapper.optimizer._optimizer_step_pre_hooks) <= 1


# --- mixed precision -------------------------------------------------------


@OPTIM_WRAPPERS.register_module(force=True)
class ScaledOptimWrapper(OptimWrapper):
    """mmengine's AmpOptimWrapper, which wants a GPU, without autocast."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.loss_scaler = torch.amp.GradScaler('cpu', init_scale=2.0**10)

    def backward(self, loss, **kwargs):
        self.loss_scaler.scale(loss).backward(**kwargs)
        self._inner_count += 1

    def step(self, **kwargs):
        if self.clip_grad_kwargs:
            self.loss_scaler.unscale_(self.optimizer)
            self._clip_grad()
        self.loss_scaler.step(self.optimizer, **kwargs)
        self.loss_scaler.update()


def scaled(fused, clip=False):
    wrapper = dict(
        type='ScaledOptimWrapper',
        optimizer=dict(type='SGD', lr=0.01, fused=fused))
    if clip:
        wrapper['clip_grad'] = dict(max_norm=1)
    return wrapper


@pytest.mark.parametrize('fused', [False, True])
def test_skipped_steps_are_no_errors(tmp_path, monkeypatch, fused):
    """Infinite gradients in every second iteration of five."""
    monkeypatch.setattr(sampling_diagnostics_hook, '_MAX_SKIPPED', 2)
    calls = []

    def poison(model):

        def spoil(grad):
            calls.append(grad)
            return grad / (len(calls) % 2)

        model.get_parameter(OTHER).register_hook(spoil)

    runner = small_runs.build(
        tmp_path, [HOOK], optim_wrapper=scaled(fused), train=(6, ) * 10)
    runner.register_hook(PoisonHook(poison, at=0))
    runner.train()
    assert runner.optim_wrapper.loss_scaler.get_scale() == 2.0**8
    train = small_runs.scalars(runner, 'train/train_sampling/')
    assert len(train['center_t_mean']) == len(calls) == 5
    assert len(train['grad_norm_rest']) == 3
    assert torch.tensor(train['grad_norm_rest']).isfinite().all()


@pytest.mark.parametrize('fused', [False, True])
@pytest.mark.parametrize('clip', [False, True])
def test_norms_are_unscaled(tmp_path, fused, clip):
    """Those of a run without a loss scale."""
    noted = []
    for i, wrapper in enumerate((scaled(fused, clip),
                                 dict(PLAIN, clip_grad=dict(max_norm=1))
                                 if clip else PLAIN)):
        runner = small_runs.build(
            tmp_path / str(i), [HOOK], optim_wrapper=wrapper, train=(6, 5))
        runner.train()
        train = small_runs.scalars(runner, 'train/train_sampling/')
        noted.append([train[name][0] for name in NORMS])
    assert noted[0] == pytest.approx(noted[1], rel=1e-3)


@pytest.mark.parametrize('fused', [False, True])
def test_skipped_steps_hide_no_nan(tmp_path, fused):
    """A loss scaler skips these steps for ever; theta tells."""
    runner = small_runs.build(
        tmp_path, [HOOK], optim_wrapper=scaled(fused))
    runner.register_hook(PoisonHook(poison_theta))
    with pytest.raises(FloatingPointError, match='theta.center_t'):
        runner.train()


@pytest.mark.parametrize('fused', [False, True])
def test_too_many_skipped_steps(tmp_path, monkeypatch, fused):
    monkeypatch.setattr(sampling_diagnostics_hook, '_MAX_SKIPPED', 2)
    runner = small_runs.build(
        tmp_path, [HOOK], optim_wrapper=scaled(fused), train=(6, ) * 6)
    runner.register_hook(PoisonHook(poison_gradient(OTHER), at=0))
    with pytest.raises(FloatingPointError,
                       match='2 steps in a row .* up to epoch 1, iteration 2'):
        runner.train()


# --- other -----------------------------------------------------------------


def test_videos_of_all_processes(tmp_path, monkeypatch):
    """Gathered once, without what the data loader's sampler repeats."""
    calls = []

    def collect(videos, size, device):
        calls.append((len(videos), size))
        other = [video + 1 for video in videos]  # of a second process
        mixed = [v for pair in zip(videos, other) for v in pair]
        return mixed[:size] if len(calls) == 1 else None

    monkeypatch.setattr(theta_record, 'collect_results', collect)
    runner = small_runs.build(tmp_path, [HOOK], val=dict(lengths=[6, 4, 7]))
    thetas = small_runs.seen_thetas(runner)
    for _ in range(2):
        runner.val()
    assert calls == [(3, 3), (3, 3)]
    centers = torch.cat([theta[0] for _, theta in thetas[:2]])
    expected = (centers[0] + centers[0] + 1 + centers[1]) / 3
    noted = small_runs.scalars(runner, 'val/sampling/')['center_t_mean']
    # the second time this was not the main process
    assert noted == pytest.approx([expected.item()])
    assert isinstance(runner._train_loop, dict)  # no training data was read


def test_hooks_are_removed(tmp_path):
    runner = small_runs.build(tmp_path, [HOOK])
    runner.train()
    assert not runner.model._forward_hooks
    assert not runner.model.neck._forward_hooks
    assert not runner.optim_wrapper.optimizer._optimizer_step_pre_hooks


def poison_branch(model):
    with torch.no_grad():
        model.cls_head.fc_cls.bias[0] = float('nan')


def test_model_without_a_sampler(tmp_path):
    """SNet alone: the hook is the guard, of losses and of weights."""
    parts = dict(
        type='S2DNetBranch',
        backbone=dict(tiny.MODEL['snet']),
        cls_head=dict(
            type='I3DHead',
            num_classes=tiny.NUM_CLASSES,
            dropout_ratio=0.0,
            average_clips='prob'),
        data_preprocessor=tiny.MODEL['data_preprocessor'])
    for poison, name in ((None, None), (poison_branch, 'loss_cls.*: got nan')):
        runner = small_runs.build(
            tmp_path / str(name is None), [HOOK], val=dict(lengths=[6]),
            optim_wrapper=PLAIN, replace=parts)
        if poison is None:
            runner.train()
        else:
            runner.register_hook(PoisonHook(poison))
            with pytest.raises(FloatingPointError, match=name):
                runner.train()
        assert not [
            name for name in runner.message_hub.log_scalars
            if 'sampling' in name
        ]
        assert not runner.model._forward_hooks


@pytest.mark.parametrize('interval, error', [(0, ValueError),
                                             (1.5, TypeError)])
def test_bad_interval(interval, error):
    with pytest.raises(error, match='interval: got'):
        SamplingDiagnosticsHook(interval)
