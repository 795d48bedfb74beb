"""load_from with the file of another network, in whole runs."""

import pytest
import torch
from mmaction.registry import HOOKS

from tests.support import tiny
from tests.support.small_runs import build, loader

KEPT = 128  # columns of f_m that do not concern s


@pytest.fixture(scope='module')
def file(tmp_path_factory):
    """Of a network of 9 classes, full of 0.5."""
    weights = tiny.build(cls_head=dict(num_classes=9)).state_dict()
    for value in weights.values():
        value.fill_(0.5)
    path = tmp_path_factory.mktemp('fine_tune') / 'nine.pth'
    torch.save(dict(state_dict={f'module.{name}': value
                                for name, value in weights.items()},
                    meta=dict(epoch=1, iter=1)), path)
    return str(path)


def run(tmp_path, file, resume=False, **options):
    """A runner that trains with rate 0; its fresh network is full of 2."""
    runner = build(
        tmp_path / 'work', [dict(type='FineTuneHook', **options)],
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)))
    for parameter in runner.model.parameters():
        torch.nn.init.constant_(parameter, 2)
    runner._load_from, runner._resume = file, resume
    return runner


def check(model):
    f_m = model.context.fc.weight
    assert (f_m[:, :KEPT] == 0.5).all() and (f_m[:, KEPT:] == 2).all()
    assert (model.cls_head.fc_synopsis.weight == 2).all()
    reduce = model.neck.locator.reduce
    assert (reduce.conv.weight == 0.5).all()
    assert (reduce.linear.weight == 2).all()
    assert (model.dnet.backbone.conv1.conv.weight == 0.5).all()


def test_other_classes(tmp_path, file):
    runner = run(tmp_path, file, new_classes=True)
    runner.train()
    check(runner.model)


def test_not_for_files_loaded_after_the_training(tmp_path, file):
    """Such as the best one: its classes are those of the network."""
    runner = run(tmp_path, file, new_classes=True)
    runner.train()
    best = {name: torch.full_like(value, 7)
            for name, value in runner.model.state_dict().items()}
    torch.save(dict(state_dict=best), tmp_path / 'best.pth')
    runner.load_checkpoint(str(tmp_path / 'best.pth'))
    assert all((value == 7).all()
               for value in runner.model.state_dict().values())


def test_not_without_load_from(tmp_path, file):
    runner = run(tmp_path, None, new_classes=True)
    runner.train()
    with pytest.raises(ValueError, match='weights of S2DNet: got'):
        runner.load_checkpoint(file)


def test_not_for_resuming_and_not_unless_named(tmp_path, file):
    for options in (dict(resume=True, new_classes=True), dict()):
        runner = run(tmp_path, file, **options)
        with pytest.raises(ValueError, match='weights of S2DNet: got'):
            runner.train()


def test_average(tmp_path, file):
    """EMAHook gets the completed weights, too."""
    runner = run(tmp_path, file, new_classes=True)
    runner.register_custom_hooks([dict(type='EMAHook')])
    runner.train()
    check(runner.model)
    hook = next(
        hook for hook in runner.hooks if type(hook).__name__ == 'EMAHook')
    check(hook.ema_model.module)


@pytest.mark.parametrize('testing', [False, True])
def test_tests(tmp_path, file, testing):
    """A test does not initialise the network."""
    weights = torch.load(file)
    if testing:  # of the classes of the network, but of another T_S
        net = tiny.build(snet=dict(num_frames=4)).state_dict()
        weights['state_dict'] = {name: torch.full_like(value, 0.5)
                                 for name, value in net.items()}
        torch.save(weights, tmp_path / 'own.pth')
        file = str(tmp_path / 'own.pth')
    runner = run(tmp_path, file, allow_missing='neck', testing=testing,
                 new_classes=True)
    runner.model._is_init = False
    runner._test_dataloader = loader(lengths=[5, 6])
    runner._test_loop = dict(type='TestLoop')
    runner._test_evaluator = dict(type='SynopsisDetailMetric')
    if testing:
        assert 'acc/top1' in runner.test()
        fcs = runner.model.neck.locator.fcs
        assert (fcs['time'][0].weight == 2).all()
        # The classes are those of the file: nothing starts afresh.
        assert (runner.model.cls_head.fc_synopsis.weight == 0.5).all()
    else:
        with pytest.raises(ValueError, match='weights of S2DNet: got'):
            runner.test()


def test_bad_pattern():
    with pytest.raises(ValueError, match='allow_missing: got .\\('):
        HOOKS.build(dict(type='FineTuneHook', allow_missing=['(']))
