"""Two stages in one training: the locator after each epoch.

Training on the CPU is deterministic; all comparisons are of bits.
"""

import copy

import pytest
from mmengine.hooks import Hook

from s2dnet_mmaction.engine import TwoStageHook
from tests.support import small_runs
from tests.support.small_runs import same

SGD = dict(optimizer=dict(
    type='SGD', lr=0.01, momentum=0.9, weight_decay=0.01))
ADAMW = dict(optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.1))


class WatchFTheta(Hook):
    """Keep f_theta, its optimiser state and the stage of each epoch."""

    def __init__(self):
        self.epochs = []

    def before_train(self, runner):
        self.start = self.look(runner)

    def after_train_epoch(self, runner):
        self.epochs.append(self.look(runner))

    def look(self, runner):
        neck = runner.model.neck
        state = runner.optim_wrapper.optimizer.state
        return copy.deepcopy(dict(
            live=neck.live,
            f_theta=neck.locator.state_dict(),
            optimizer=[state.get(p) for p in neck.locator.parameters()],
            others=runner.model.dnet.state_dict()))


def train(work_dir, switch_epoch=2, max_epochs=4, load_from=None, **options):
    """Two steps an epoch."""
    runner = small_runs.build(
        work_dir, [dict(type='TwoStageHook', switch_epoch=switch_epoch)],
        max_epochs=max_epochs,
        **{'optim_wrapper': SGD, **options})
    if load_from is not None:
        runner._resume, runner._load_from = True, str(load_from)
    watch = WatchFTheta()
    runner.register_hook(watch)
    runner.train()
    return watch


@pytest.fixture(scope='module', params=['LocationScale', 'HeatmapLocator'])
def whole(request, tmp_path_factory):
    """Neck, work dir and records of a training of 2 + 2 epochs."""
    folder = tmp_path_factory.mktemp('two_stage') / request.param
    neck = dict(locator=dict(type=request.param))
    return neck, folder, train(
        folder, checkpoint=dict(type='CheckpointHook', interval=1), neck=neck)


def check_stages(watch):
    before, epochs = watch.start['f_theta'], watch.epochs
    assert [epoch['live'] for epoch in epochs] == [False, False, True, True]
    for epoch in epochs[:2]:
        assert same(epoch['f_theta'], before)
        assert not any(epoch['optimizer'])
    assert not same(epochs[0]['others'], epochs[1]['others'])
    for epoch in epochs[2:]:
        changed = {
            name: not epoch['f_theta'][name].equal(before[name])
            for name in before
        }
        assert all(changed.values()), changed
        assert all(epoch['optimizer'])


def test_stage_1_leaves_f_theta_alone(whole):
    """In spite of weight decay and momentum."""
    check_stages(whole[-1])


@pytest.mark.parametrize('optim_wrapper', [
    dict(SGD, accumulative_counts=2), ADAMW])
def test_other_optimizers(tmp_path, optim_wrapper):
    check_stages(train(tmp_path, optim_wrapper=optim_wrapper))


@pytest.mark.parametrize('start', [1, 2, 3])
def test_resuming_on_either_side_of_the_switch(whole, tmp_path, start):
    """With the weights, the momentum and the stages of the whole run."""
    neck, folder, watch = whole
    resumed = train(
        tmp_path, load_from=folder / f'epoch_{start}.pth', neck=neck)
    left = watch.epochs[start - 1]
    assert same(resumed.start['f_theta'], left['f_theta'])
    assert same(resumed.start['others'], left['others'])
    for got, expected in zip(resumed.start['optimizer'], left['optimizer']):
        if start < 3:  # after epoch 2 f_theta has not been updated
            assert not got and not expected
        else:
            assert got['momentum_buffer'].equal(expected['momentum_buffer'])
    # The videos are not shuffled here, so the rest is the same too.
    for epoch, expected in zip(
            resumed.epochs, watch.epochs[start:], strict=True):
        assert epoch['live'] == expected['live']
        assert same(epoch['f_theta'], expected['f_theta'])
        assert same(epoch['others'], expected['others'])


def test_switch_after_the_end_is_logged(tmp_path):
    watch = train(tmp_path, max_epochs=1, switch_epoch=1)
    assert [epoch['live'] for epoch in watch.epochs] == [False]
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'the detail sampler stays frozen to the end' in log


def test_live_from_the_start(tmp_path):
    watch = train(tmp_path, max_epochs=1, switch_epoch=0)
    assert watch.epochs[0]['live']
    assert not same(watch.epochs[0]['f_theta'], watch.start['f_theta'])


@pytest.mark.parametrize('options, message', [
    (dict(train_cfg=dict(type='IterBasedTrainLoop', max_iters=2)),
     'train_cfg.type: got IterBasedTrainLoop'),
    (dict(replace=small_runs.SNET_ALONE),
     'model.neck: got NoneType.*Use TwoStageHook with an S2DNet'),
])
def test_trainings_without_stages(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        train(tmp_path, **options)


@pytest.mark.parametrize('epoch, error', [(-1, ValueError),
                                          (1.5, TypeError),
                                          (None, TypeError)])
def test_bad_switch_epoch(epoch, error):
    with pytest.raises(error, match='switch_epoch: got'):
        TwoStageHook(epoch)
