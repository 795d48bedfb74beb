"""Files that do not fill a network, by every way that loads one."""

import copy
import runpy
import sys
from pathlib import Path

import mmaction
import pytest
import torch
from mmaction.apis import MMAction2Inferencer, init_recognizer
from mmaction.registry import MODELS
from mmengine.model import ExponentialMovingAverage
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import (
    load_state_dict as mmengine_load_state_dict,
)

from tests.support import glints, tiny
from tests.support.command_line import run_tool
from tests.support.small_runs import SNET_ALONE, build


def model(**changes):
    init_default_scope('mmaction')
    return MODELS.build(tiny.model_config(**changes))


@pytest.fixture(scope='module')
def weights():
    """Of the tiny network; read only."""
    return model().state_dict()


@pytest.fixture
def file(weights, tmp_path):
    torch.save(dict(state_dict=weights), tmp_path / 'tiny.pth')
    return str(tmp_path / 'tiny.pth')


def test_own_file_and_what_may_be_missing(weights, file, tmp_path):
    load_checkpoint(model(), file)
    old = {name: value for name, value in weights.items()
           if 'num_batches_tracked' not in name}
    torch.save(dict(state_dict=old, extra=1), tmp_path / 'old.pth')
    load_checkpoint(model(), str(tmp_path / 'old.pth'))
    # of an averaged or a parallel model, and with an entry too many
    torch.save({f'module.{name}': value for name, value in weights.items()}
               | {'steps': torch.tensor(3)}, tmp_path / 'ema.pth')
    load_checkpoint(model(), str(tmp_path / 'ema.pth'))


@pytest.mark.parametrize('changes, named', [
    (dict(dnet=dict(num_frames=5)), 'neck.locator.fcs.space.0.weight '
     r'\(shape \(16, 48\) instead of \(20, 48\)\)'),
    (dict(snet=dict(num_frames=4)), r'neck.locator.fcs.time.0.weight '
     r'\(shape \(2, 48\) instead of \(2, 64\)\)'),
    (dict(cls_head=dict(num_classes=7)), r'context.fc.weight \(shape \(8, 134'
     r'\) instead of \(8, 135\)\), .*cls_head.fc_detail.bias'),
    (dict(dnet=dict(fusion_stages=('layer1', 'layer2'))),
     'the file lacks dnet.fusions.1.conv.conv.weight, '),
])
def test_other_options(file, changes, named):
    with pytest.raises(ValueError, match=rf'weights of S2DNet: .*{named}'):
        load_checkpoint(model(**changes), file)


def test_all_missing_entries_are_counted(file):
    """A foreign recognizer, and the right file under a wrong prefix."""
    init_default_scope('mmaction')
    alone = MODELS.build(SNET_ALONE)
    with pytest.raises(ValueError, match='weights of S2DNetBranch: got 0 of '
                       r'\d+ entries.*lacks backbone.backbone.conv1.conv'
                       r'.*and \d+ more.*The file has 155 entries '
                       r'\(snet.backbone.conv1.conv.weight, .*into snet.init'):
        load_checkpoint(alone, file)
    with pytest.raises(ValueError, match='got 0 of 131 entries'):
        load_checkpoint(model(), file, revise_keys=[('^', 'model.')])


def test_half_a_file_and_no_weights(weights, tmp_path):
    half = {name: value for name, value in weights.items()
            if not name.startswith('dnet.')}
    for content in (dict(state_dict=half), half):
        torch.save(content, tmp_path / 'half.pth')
        with pytest.raises(ValueError, match='lacks dnet.backbone.conv1'):
            load_checkpoint(model(), str(tmp_path / 'half.pth'))
    torch.save(dict(weights=weights), tmp_path / 'none.pth')
    with pytest.raises(ValueError, match='got 0 of 131 entries'):
        load_checkpoint(model(), str(tmp_path / 'none.pth'))
    no_tensor = {**weights, 'neck.live_flag': 'one'}
    torch.save(no_tensor, tmp_path / 'text.pth')
    with pytest.raises(ValueError, match='parameter named "neck.live_flag'):
        load_checkpoint(model(), str(tmp_path / 'text.pth'))


def test_copies_and_averages_check_as_well(weights):
    average = ExponentialMovingAverage(model())
    state = average.state_dict()
    average.load_state_dict(state)
    del state['module.neck.live_flag']
    with pytest.raises(ValueError, match='lacks module.neck.live_flag'):
        average.load_state_dict(state, strict=False)
    with pytest.raises(ValueError, match='got 0 of 131 entries'):
        copy.deepcopy(model()).load_state_dict({})


class Distiller(torch.nn.Module):
    """A network of ours between modules of others."""

    def __init__(self):
        super().__init__()
        self.teacher = torch.nn.Linear(2, 3)
        self.student = model()
        self.last = torch.nn.Linear(2, 3)


@pytest.mark.parametrize('load', [
    torch.nn.Module.load_state_dict, mmengine_load_state_dict])
def test_other_modules_are_not_judged(load):
    net = Distiller()
    state = net.state_dict()
    del state['teacher.weight'], state['last.weight']
    load(net, state, strict=False)
    with pytest.raises(RuntimeError, match='teacher.weight'):
        load(net, state, strict=True)
    # mmengine only logs other shapes, and torch raises for them itself
    state['teacher.bias'] = torch.zeros(5)
    if load is mmengine_load_state_dict:
        load(net, state, strict=False)
    else:
        with pytest.raises(RuntimeError, match='mismatch for teacher.bias'):
            load(net, state, strict=False)
    del state['student.neck.live_flag']
    with pytest.raises(ValueError, match='weights of S2DNet: got 130 of 131 '
                       'entries.*; the file lacks student.neck.live_flag. '):
        load(net, state, strict=False)


def test_load_state_dict_of_torch(weights):
    """strict=False returns what is missing; nothing of that stays."""
    net, part = model(), dict(weights)
    del part['neck.live_flag']
    keys = net.load_state_dict(part, strict=False)
    assert keys.missing_keys == ['neck.live_flag']
    with pytest.raises(ValueError, match='lacks neck.live_flag'):
        net.load_state_dict(part)
    net.load_state_dict(weights)


@pytest.fixture(scope='module')
def folder(glints_root, tmp_path_factory):
    """A config, and the file of DNet alone."""
    folder = tmp_path_factory.mktemp('routes')
    cfg = glints.config(glints_root, folder / 'work')
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.dump(folder / 'tiny.py')
    state = model().dnet.state_dict()
    torch.save(dict(state_dict=state, meta=dict(epoch=1, iter=1)),
               folder / 'dnet.pth')
    return folder


class TestRoutes:
    """What loads a file: each says what is wrong, with the same words."""

    error = r'weights of S2DNet: got \d+ of 131 entries.*lacks snet.backbone'

    def test_inference(self, folder):
        config, file = str(folder / 'tiny.py'), str(folder / 'dnet.pth')
        with pytest.raises(ValueError, match=self.error):
            init_recognizer(config, file, device='cpu')
        with pytest.raises(ValueError, match=self.error):
            MMAction2Inferencer(rec=config, rec_weights=file, device='cpu')

    def test_test(self, folder, tmp_path):
        """Ours, and MMAction2's, which mim runs for another package."""
        arguments = [folder / 'tiny.py', folder / 'dnet.pth', '--work-dir',
                     tmp_path]
        with pytest.raises(ValueError, match=self.error):
            run_tool('test.py', *arguments)
        stock = Path(mmaction.__file__).parent / '.mim/tools/test.py'
        with pytest.MonkeyPatch.context() as patch, pytest.raises(
                ValueError, match=self.error):
            patch.setattr(sys, 'argv', list(map(str, [stock, *arguments])))
            patch.setenv('LOCAL_RANK', '0')  # which the tool sets
            runpy.run_path(str(stock), run_name='__main__')

    @pytest.mark.parametrize('resume', [False, True])
    def test_training(self, folder, tmp_path, resume):
        runner = build(tmp_path / 'work', [])
        runner._load_from = str(folder / 'dnet.pth')
        runner._resume = resume
        with pytest.raises(ValueError, match=self.error):
            runner.train()

    def test_an_averaged_model(self, folder, tmp_path):
        """EMAHook loads the same file, into its copy."""
        runner = build(tmp_path / 'work', [dict(type='EMAHook')])
        runner._load_from = str(folder / 'dnet.pth')
        with pytest.raises(ValueError, match=self.error):
            runner.train()
