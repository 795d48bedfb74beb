"""Logged numbers of real runs, against what other hooks record."""

import json
import math

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from s2dnet_mmaction.engine import SamplingStatisticsHook
from s2dnet_mmaction.engine.hooks import theta_record
from s2dnet_mmaction.functional import Theta, sampling_statistics
from tests.support import small_runs
from tests.support.small_runs import PLAIN

HOOK = dict(type='SamplingStatisticsHook', interval=1)
TRAIN = ((7, 5), (6, 6))  # lengths, by batch
NORMS = ('grad_norm_f_theta', 'grad_norm_rest')
SIZE, FRAME = (4, 16, 20), (24, 28)


def statistics(thetas, lengths):
    theta = Theta(*map(torch.cat, zip(*thetas)))
    numbers = sampling_statistics(theta, torch.tensor(lengths), FRAME, SIZE)
    return {name: number.item() for name, number in numbers.items()}


def watch_gradients(runner):
    """Norms of the gradients that each step of the optimiser takes."""
    norms = []

    def record(optimizer, args, kwargs):
        squares = dict.fromkeys(NORMS, 0.0)
        for name, parameter in runner.model.named_parameters():
            if parameter.grad is not None:
                inside = name.startswith('neck.locator.')
                squares[NORMS[not inside]] += parameter.grad.double().pow(
                    2).sum().item()
        norms.append({name: n**0.5 for name, n in squares.items()})

    @HOOKS.register_module(force=True)
    class WatchGradients(Hook):

        def before_train(self, runner):
            runner.optim_wrapper.optimizer.register_step_pre_hook(record)

    runner.register_hook(WatchGradients())
    return norms


@pytest.mark.parametrize('locator', ['LocationScale', 'HeatmapLocator'])
def test_numbers_are_those_of_the_run(tmp_path, locator):
    """Of each batch in training, of the whole set in validation."""
    lengths = [7, 5, 6, 4, 9]
    runner = small_runs.build(
        tmp_path, [HOOK], val=dict(lengths=lengths),
        neck=dict(locator=dict(type=locator)))
    thetas, norms = small_runs.record_thetas(runner), watch_gradients(runner)
    runner.train()

    train = small_runs.scalars(runner, 'train/train_sampling/')
    for i, batch in enumerate(TRAIN):
        assert thetas[i][0]  # training
        for name, number in statistics([thetas[i][1]], batch).items():
            assert train[name][i] == pytest.approx(number, rel=1e-5), name
        for name in NORMS:
            assert train[name][i] == pytest.approx(norms[i][name], rel=1e-5)
        # clipped to 1, both together
        unclipped = small_runs.scalars(runner, 'train/')['grad_norm'][i]
        assert math.hypot(*(train[name][i] for name in NORMS)) == (
            pytest.approx(min(1, unclipped), rel=1e-3))
    assert len(train['center_t_mean']) == 2

    val = small_runs.scalars(runner, 'val/sampling/')
    assert not any(training for training, _ in thetas[2:])
    expected = statistics([theta for _, theta in thetas[2:]], lengths)
    assert {name: len(logged) for name, logged in val.items()
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
    # as LogProcessor does with all that is called grad_norm
    assert lines[1]['train/train_sampling/grad_norm_rest'] == pytest.approx(
        sum(train['grad_norm_rest']) / 2)
    assert lines[2]['val/sampling/off_frame'] == val['off_frame'][0]


def test_train_and_val_are_two_curves(tmp_path):
    """Also as MMEngine logs by default, without train/ and val/."""
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
    thetas = small_runs.record_thetas(runner)
    runner.train()
    train = small_runs.scalars(runner, 'train/train_sampling/')
    assert len(train['grad_norm_rest']) == 3
    logged = train['center_x_mean']  # the second, and the last of the epoch
    for i, n in ((1, 0), (2, 1)):
        assert logged[n] == pytest.approx(
            thetas[i][1][4].mean().item(), rel=1e-5)
    assert len(logged) == 2
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
            assert {len(logged) for logged in train.values()} == {2}
            assert {len(logged) for logged in val.values()} == {1}
        else:
            assert not train and not val
    assert small_runs.same(*weights)


def test_accumulated_gradients(tmp_path):
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


def test_several_optimizers(tmp_path):
    """Norms over all of them are those of one."""
    logged = []
    hooks = [HOOK, dict(type='TwoStageHook', switch_epoch=0)]
    for build in (small_runs.build, small_runs.build_with_optimizers):
        runner = build(tmp_path / build.__name__, hooks, optim_wrapper=PLAIN)
        runner.train()
        train = small_runs.scalars(runner, 'train/train_sampling/')
        logged.append(train)
    assert logged[0].keys() == logged[1].keys()
    for name, numbers in logged[0].items():
        assert logged[1][name] == pytest.approx(numbers, rel=1e-4), name


@pytest.mark.parametrize('fused', [False, True])
@pytest.mark.parametrize('clip', [False, True])
def test_norms_are_unscaled(tmp_path, fused, clip):
    """Those of a run without a loss scale."""
    logged = []
    for i, wrapper in enumerate((small_runs.scaled(fused, clip),
                                 dict(PLAIN, clip_grad=dict(max_norm=1))
                                 if clip else PLAIN)):
        runner = small_runs.build(
            tmp_path / str(i), [HOOK], optim_wrapper=wrapper, train=(6, 5))
        runner.train()
        train = small_runs.scalars(runner, 'train/train_sampling/')
        logged.append([train[name][0] for name in NORMS])
    assert logged[0] == pytest.approx(logged[1], rel=1e-3)


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
    runner.val()  # of no training: not stopped, but logged
    logged = small_runs.scalars(runner, 'val/sampling/')['center_t_mean']
    assert math.isnan(logged[-1])


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
    thetas = small_runs.record_thetas(runner)
    for _ in range(2):
        runner.val()
    assert calls == [(3, 3), (3, 3)]
    centers = torch.cat([theta[0] for _, theta in thetas[:2]])
    expected = (centers[0] + centers[0] + 1 + centers[1]) / 3
    logged = small_runs.scalars(runner, 'val/sampling/')['center_t_mean']
    # the second time this was not the main process
    assert logged == pytest.approx([expected.item()])
    assert isinstance(runner._train_loop, dict)  # no training data was read


@pytest.mark.parametrize('interval, error', [(0, ValueError),
                                             (1.5, TypeError)])
def test_bad_interval(interval, error):
    with pytest.raises(error, match='interval: got'):
        SamplingStatisticsHook(interval)


@pytest.mark.parametrize('optim_wrapper', [
    PLAIN, small_runs.scaled(fused=False), small_runs.scaled(fused=True)])
def test_training_stops_at_theta(tmp_path, optim_wrapper):
    """Before the step; also where a loss scaler would skip it for ever."""
    runner = small_runs.build(
        tmp_path, [HOOK], optim_wrapper=optim_wrapper, train=(6, ) * 6)
    hook = small_runs.PoisonHook(small_runs.poison_theta)
    runner.register_hook(hook)
    with pytest.raises(FloatingPointError, match=(
            'theta.center_t: got nan in epoch 1, iteration 2, before')):
        runner.train()
    now = small_runs.weights(runner.model)
    for parameter, before in hook.weights.items():
        assert torch.equal(now[parameter].nan_to_num(),
                           before.nan_to_num()), parameter


def test_model_without_a_sampler(tmp_path):
    runner = small_runs.build(tmp_path, [HOOK], replace=small_runs.SNET_ALONE)
    with pytest.raises(ValueError, match='model.neck: got NoneType, expected '
                       'DetailSampler. Use SamplingStatisticsHook'):
        runner.train()
