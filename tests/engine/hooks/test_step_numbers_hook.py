"""Two hooks that share one read, in either order."""

import pytest
import torch

from s2dnet_mmaction.engine.hooks import finite_guard_hook
from tests.support import small_runs
from tests.support.small_runs import (
    OTHER,
    PLAIN,
    PoisonHook,
    poison_gradient,
    poison_theta,
    scaled,
)

BOTH = [
    dict(type='FiniteGuardHook'),
    dict(type='SamplingStatisticsHook', interval=1)
]


def sgd(lr):
    return dict(optimizer=dict(type='SGD', lr=lr))


def assert_no_hooks(runner):
    assert not runner.model._forward_hooks
    assert not runner.model.neck._forward_hooks
    assert not runner.optim_wrapper.optimizer._optimizer_step_pre_hooks


@pytest.mark.parametrize('order', [1, -1])
def test_one_error_names_all_numbers(tmp_path, order):
    runner = small_runs.build(tmp_path, BOTH[::order], optim_wrapper=PLAIN)
    runner.register_hook(PoisonHook(poison_theta))
    with pytest.raises(FloatingPointError) as caught:
        runner.train()
    names, message = str(caught.value).split(': got ')
    assert {'theta.center_t', 'loss_detail', 'gradients of neck'
            } < set(names.split(', '))
    assert 'nan in epoch 1, iteration 2, before the step' in message


def test_one_wait_for_the_device(tmp_path, monkeypatch):
    """And the order of the hooks changes none of their numbers."""
    waits, kept = [], []

    def counted(name):
        method = getattr(torch.Tensor, name)

        def wait(*args):
            waits.append(name)
            return method(*args)

        return wait

    for name in ('tolist', 'item', '__bool__', '__float__', 'cpu', 'numpy'):
        monkeypatch.setattr(torch.Tensor, name, counted(name))
    for i, hooks in enumerate(
        ([], BOTH[:1], BOTH[1:], BOTH, BOTH[::-1])):
        runner = small_runs.build(tmp_path / str(i), hooks, train=(6, ) * 10)
        waits.clear()
        runner.train()
        kept.append((len(waits),
                     small_runs.scalars(runner, 'train/train_sampling/')))
    without, guard, statistics, both, turned = (number for number, _ in kept)
    assert statistics - without == 5  # iterations
    assert guard - without == 5 + 2  # weights: at the start and the end
    assert both == turned == guard
    assert kept[2][1] == kept[3][1] == kept[4][1]


def test_hooks_do_not_stack_after_an_error(tmp_path):
    """As in a notebook: the same runner trains again."""
    hooks = [
        dict(type='TwoStageHook', switch_epoch=0), *BOTH,
        dict(type='SamplingVisualizationHook')
    ]
    runner = small_runs.build(tmp_path, hooks, optim_wrapper=PLAIN)
    weights = small_runs.weights(runner.model)
    runner.register_hook(PoisonHook(poison_theta))
    model, counts = runner.model, []
    for _ in range(2):
        with pytest.raises(FloatingPointError, match='nan in epoch 1'):
            runner.train()
        steps = runner.optim_wrapper.optimizer._optimizer_step_pre_hooks
        counts.append((len(model._forward_hooks),
                       len(model.neck._forward_hooks), len(steps)))
        model.load_state_dict(weights, strict=False)
        runner.train_loop._epoch = runner.train_loop._iter = 0
    # Of SamplingVisualizationHook and TwoStageHook, until the next run
    assert counts == [(0, 1, 1)] * 2


@pytest.mark.parametrize('message, optim_wrapper, poison', [
    ('before the step', PLAIN, poison_theta),
    ('1 steps in a row', scaled(fused=True), poison_gradient(OTHER)),
    ('weights: got', sgd(lr=float('inf')), None),
    ('in the validation', sgd(lr=1e36), None),
])
def test_hooks_are_removed_after_an_error(tmp_path, monkeypatch, message,
                                          optim_wrapper, poison):
    """At once, and those of both, whichever raises the error."""
    monkeypatch.setattr(finite_guard_hook, '_MAX_SKIPPED', 1)
    runner = small_runs.build(
        tmp_path, BOTH, train=(6, 5), val=dict(lengths=[6]),
        optim_wrapper=optim_wrapper)
    if poison is not None:
        runner.register_hook(PoisonHook(poison, at=0))
    with pytest.raises(FloatingPointError, match=message):
        runner.train()
    assert_no_hooks(runner)


def test_hooks_are_removed(tmp_path):
    runner = small_runs.build(tmp_path, BOTH)
    runner.train()
    assert_no_hooks(runner)
