"""Two stages in one run: what f_theta goes through, batch by batch.

Whole runs on real video files, seed 0, on the CPU, where training is
deterministic; all comparisons are of bits.
"""

import copy

import pytest
import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from s2dnet_mmaction.engine import TwoStageHook
from tests.support import glints


@HOOKS.register_module(force=True)
class WatchFTheta(Hook):
    """Note f_theta, its optimiser state and the stage after each epoch."""

    def __init__(self):
        self.epochs = []

    def before_train(self, runner):
        self.resumed_with = self.look(runner)

    def after_train_epoch(self, runner):
        self.epochs.append(self.look(runner))

    def look(self, runner):
        neck = runner.model.neck
        state = runner.optim_wrapper.optimizer.state
        return dict(
            live=neck.live,
            f_theta=copy.deepcopy(neck.location_scale.state_dict()),
            optimizer=[
                copy.deepcopy(state.get(p))
                for p in neck.location_scale.parameters()
            ],
            others=copy.deepcopy(runner.model.dnet.state_dict()))


def train(cfg, initial=None):
    cfg.custom_hooks.append(dict(type='WatchFTheta'))
    runner = Runner.from_cfg(cfg)
    before = None
    if initial is None:
        runner.model.init_weights()
        runner.model.init_weights = lambda: None  # once is enough
        before = copy.deepcopy(runner.model.neck.location_scale.state_dict())
    runner.train()
    watch = next(
        hook for hook in runner.hooks if isinstance(hook, WatchFTheta))
    return before, watch, runner


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize('optim', [
    dict(),
    dict(accumulative_counts=2),
    dict(optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.1,
                        _delete_=True)),
])
def test_stage_1_leaves_f_theta_alone(glints_root, tmp_path, optim):
    """Weight decay 0.01 and momentum 0.9, or AdamW's."""
    cfg = glints.config(glints_root, tmp_path)
    cfg.merge_from_dict(dict(optim_wrapper=optim))
    before, watch, _ = train(cfg)
    epochs = watch.epochs
    assert [epoch['live'] for epoch in epochs] == [False, False, True, True]
    for epoch in epochs[:2]:
        assert same(epoch['f_theta'], before)
        assert not any(epoch['optimizer'])
    assert not same(epochs[0]['others'], epochs[1]['others'])
    for epoch in epochs[2:]:
        changed = {
            name: not torch.equal(epoch['f_theta'][name], before[name])
            for name in before
        }
        assert all(changed.values()), changed
        assert all(epoch['optimizer'])


def test_resuming_on_either_side_of_the_switch(glints_root, tmp_path):
    """Resumed runs start with the weights, the momentum and the stages of
    the run in one go. (They draw other shuffles, so no further.)"""
    _, watch, _ = train(glints.config(glints_root, tmp_path / 'whole'))
    epochs = watch.epochs
    for start in (1, 2, 3):
        cfg = glints.config(glints_root, tmp_path / f'from_{start}')
        cfg.resume = True
        cfg.load_from = str(tmp_path / f'whole/epoch_{start}.pth')
        _, resumed, _ = train(cfg, initial='resumed')
        assert [epoch['live'] for epoch in resumed.epochs] == [
            epoch['live'] for epoch in epochs[start:]
        ]
        begin, left = resumed.resumed_with, epochs[start - 1]
        assert same(begin['f_theta'], left['f_theta'])
        assert same(begin['others'], left['others'])
        for got, expected in zip(begin['optimizer'], left['optimizer']):
            if start < 3:  # after epoch 2 f_theta has never been updated
                assert not got and not expected
            else:
                assert torch.equal(got['momentum_buffer'],
                                   expected['momentum_buffer'])
        if start == 1:
            assert same(resumed.epochs[0]['f_theta'], epochs[0]['f_theta'])


def test_switch_that_never_comes_is_said(glints_root, tmp_path):
    cfg = glints.config(glints_root, tmp_path, max_epochs=1, switch_epoch=1)
    _, watch, _ = train(cfg)
    assert [epoch['live'] for epoch in watch.epochs] == [False]
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'the detail sampler stays frozen to the end' in log


def test_live_from_the_start(glints_root, tmp_path):
    cfg = glints.config(glints_root, tmp_path, max_epochs=1, switch_epoch=0)
    before, watch, _ = train(cfg)
    assert watch.epochs[0]['live']
    assert not same(watch.epochs[0]['f_theta'], before)


def test_epochs_are_needed(glints_root, tmp_path):
    cfg = glints.config(glints_root, tmp_path)
    cfg.train_cfg = dict(
        type='IterBasedTrainLoop', max_iters=2, val_interval=2)
    cfg.param_scheduler = None
    with pytest.raises(ValueError,
                       match='train_cfg.type: got IterBasedTrainLoop'):
        Runner.from_cfg(cfg).train()


@pytest.mark.parametrize('epoch, error', [(-1, ValueError),
                                          (1.5, TypeError),
                                          (None, TypeError)])
def test_bad_switch_epoch(epoch, error):
    with pytest.raises(error, match='switch_epoch: got'):
        TwoStageHook(epoch)
