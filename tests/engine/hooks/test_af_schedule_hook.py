"""Temperature and target of each iteration."""

import math

import pytest
from mmengine.hooks import Hook

from s2dnet_mmaction.engine import AFScheduleHook
from tests.support import afnet, small_runs
from tests.support.command_line import logged

SCHEDULE = dict(type='AFScheduleHook', end_epoch=3, ratio_begin=1,
                ratio_end=3)


@pytest.mark.parametrize('decay, half', [
    ('exponential', 0.1), ('cosine', (1 + .01) / 2), ('linear', .505)])
def test_temperature(decay, half):
    hook = AFScheduleHook(50, decay=decay)
    assert hook.temperature(0, 500) == 1
    assert hook.temperature(250, 500) == pytest.approx(half)
    assert hook.temperature(500, 500) == pytest.approx(.01)
    assert hook.temperature(501, 500) == pytest.approx(.01)
    quarter = dict(exponential=.01**.25, linear=1 - .99 / 4,
                   cosine=.01 + .99 * (1 + math.cos(math.pi / 4)) / 2)
    assert hook.temperature(125, 500) == pytest.approx(quarter[decay])


def test_target_of_the_authors():
    """1; two thirds and one third of the way before RT; RT."""
    hook = AFScheduleHook(50, ratio_begin=10, ratio_end=20)
    targets = [hook.target(epoch, 0.4) for epoch in (0, 9, 10, 14, 15, 19,
                                                     20, 54)]
    assert targets == pytest.approx([1, 1, .8, .8, .6, .6, .4, .4])
    assert AFScheduleHook(50).target(0, 0.4) == 0.4


class Watch(Hook):
    """What each iteration uses."""
    priority = 'LOW'

    def __init__(self):
        self.seen = {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        model = runner.model
        self.seen[runner.iter] = (model.backbone.gate.temperature,
                                  model.keep_ratio.target_now)


def train(work_dir, load_from=None, **options):
    runner = afnet.runner(work_dir, [SCHEDULE], **options)
    if load_from is not None:
        runner._resume, runner._load_from = True, str(load_from)
    watch = Watch()
    runner.register_hook(watch)
    runner.train()
    return watch.seen


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp('af_schedule')
    return folder, train(folder)


def test_training(whole):
    """4 epochs of 3 steps; also with gradients of 2 steps at a time."""
    folder, seen = whole
    assert list(seen) == list(range(12))
    for i, (temperature, target) in seen.items():
        assert temperature == pytest.approx(.01**min(1, i / 9))
        assert target == pytest.approx([1, 5 / 6, 2 / 3, .5][i // 3])
    lines = [line for line in logged(folder) if 'loss' in line]
    assert [line['keep_target'] for line in lines] == pytest.approx(
        [target for _, target in seen.values()])
    assert all(0 <= line['keep_ratio'] <= 1 for line in lines)


def test_gradient_accumulation(whole, tmp_path):
    seen = train(tmp_path, optim_wrapper=dict(accumulative_counts=2))
    assert seen == whole[1]


@pytest.mark.parametrize('epoch', [1, 2, 3])
def test_resumed(whole, tmp_path, epoch):
    """The same numbers in the rest."""
    folder, seen = whole
    rest = train(tmp_path, folder / f'epoch_{epoch}.pth')
    assert rest == {i: seen[i] for i in range(3 * epoch, 12)}


def test_resumed_within_an_epoch(whole, tmp_path):
    """From a checkpoint of an iteration: MMEngine begins the epoch again."""
    checkpoint = dict(type='CheckpointHook', interval=2, by_epoch=False)
    train(tmp_path / 'a', default_hooks=dict(checkpoint=checkpoint))
    rest = train(tmp_path / 'b', tmp_path / 'a/iter_4.pth')
    assert list(rest) == list(range(4, 13))
    del rest[12]
    assert rest == {i: whole[1][i] for i in range(4, 12)}


@pytest.mark.parametrize('options, match', [
    (dict(end_epoch=0), 'end_epoch: got 0'),
    (dict(end_epoch=5, end=0), 'end: got 0'),
    (dict(end_epoch=5, decay='step'), "decay: got 'step'"),
    (dict(end_epoch=5, ratio_begin=4, ratio_end=3), 'ratio_end: got 3'),
])
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        AFScheduleHook(**options)


def test_half_of_the_ratio_options():
    with pytest.raises(TypeError, match='ratio_end'):
        AFScheduleHook(5, ratio_begin=4)


def test_other_models_and_loops(tmp_path):
    with pytest.raises(ValueError, match='model.type: got S2DNet'):
        small_runs.build(tmp_path, [SCHEDULE]).train()
    with pytest.raises(ValueError, match='counted in epochs'):
        afnet.runner(tmp_path, [SCHEDULE], train_cfg=dict(
            type='IterBasedTrainLoop', max_iters=2)).train()
