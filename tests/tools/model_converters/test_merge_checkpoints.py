"""Merging the checkpoints of two networks."""

import sys

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tests.support import tiny
from tests.support.command_line import call
from tests.support.glints import ROOT


@pytest.fixture(scope='module')
def two_files(tmp_path_factory):
    """Zoo files for both nets of the tiny config."""
    folder = tmp_path_factory.mktemp('zoo')
    init_default_scope('mmaction')
    files = {}
    for net in ('snet', 'dnet'):
        backbone = MODELS.build(tiny.RESNET)
        with torch.no_grad():
            for value in backbone.state_dict().values():
                value.copy_(torch.rand(value.shape) + 0.5)
        weights = {f'backbone.{name}': value
                   for name, value in backbone.state_dict().items()}
        files[net] = folder / f'{net}.pth'
        torch.save(dict(meta=dict(), state_dict=weights), files[net])
    return files


def test_merge(trained, two_files, tmp_path):
    """Both nets hold their files, and training starts from the result."""
    tool = ROOT / 'tools/model_converters/merge_checkpoints.py'
    merged = tmp_path / 'merged.pth'
    arguments = (sys.executable, tool, trained / 'tiny.py', '--snet',
                 two_files['snet'], '--dnet', two_files['dnet'], '--out',
                 merged)
    done = call(*arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    weights = torch.load(merged, weights_only=True)['state_dict']
    for net, file in two_files.items():
        for name, value in torch.load(file)['state_dict'].items():
            assert torch.equal(weights[f'{net}.{name}'], value), name

    done = call(sys.executable, ROOT / 'tools/train.py', trained / 'tiny.py',
                '--work-dir', tmp_path / 'work', '--cfg-options',
                f'load_from={merged}', 'train_cfg.max_epochs=1')
    assert done.returncode == 0, done.stderr[-3000:]
    log = next((tmp_path / 'work').glob('*/*.log')).read_text()
    assert f'Load checkpoint from {merged}' in log
    assert 'size mismatch' not in log
    assert 'missing keys' not in log and 'unexpected key' not in log

    again = call(*arguments)
    assert again.returncode != 0 and 'add --force' in again.stderr
    assert call(*arguments, '--force').returncode == 0
    alone = call(*arguments[:5], '--out', tmp_path / 'other.pth')
    assert alone.returncode != 0 and '--dnet: got none' in alone.stderr

    # ... and the nets of a merged file merge again
    done = call(sys.executable, tool, trained / 'tiny.py', '--snet', merged,
                '--snet-prefix', 'snet.backbone', '--dnet', merged,
                '--dnet-prefix', 'dnet.backbone', '--out', merged, '--force')
    assert done.returncode == 0, done.stderr[-3000:]
    again = torch.load(merged, weights_only=True)['state_dict']
    for name, value in weights.items():
        if '.backbone.' in name:
            assert torch.equal(again[name], value), name


def test_merge_keeps_what_the_config_says(trained, two_files, tmp_path):
    """A config that leaves a classifier new leaves it new."""
    cfg = Config.fromfile(trained / 'tiny.py')
    for file in two_files.values():
        content = torch.load(file)
        content['state_dict'].update({
            'cls_head.fc_cls.weight': torch.rand(tiny.NUM_CLASSES, 128),
            'cls_head.fc_cls.bias': torch.full((tiny.NUM_CLASSES, ), 7.)
        })
        torch.save(content, tmp_path / file.name)
    cfg.model.dnet.init_cfg = dict(
        type='Pretrained', checkpoint='elsewhere.pth', classifier=False)
    cfg.dump(tmp_path / 'config.py')
    done = call(sys.executable,
                ROOT / 'tools/model_converters/merge_checkpoints.py',
                tmp_path / 'config.py', '--snet', tmp_path / 'snet.pth',
                '--dnet', tmp_path / 'dnet.pth', '--out', tmp_path / 'm.pth')
    assert done.returncode == 0, done.stderr[-3000:]
    weights = torch.load(tmp_path / 'm.pth', weights_only=True)['state_dict']
    assert (weights['cls_head.fc_synopsis.bias'] == 7).all()
    assert (weights['cls_head.fc_detail.bias'] == 0).all()

    # What the command line says holds for a file of the config, too.
    cfg.model.dnet.init_cfg = dict(
        type='Pretrained', checkpoint=str(tmp_path / 'dnet.pth'))
    cfg.dump(tmp_path / 'named.py')
    arguments = (sys.executable,
                 ROOT / 'tools/model_converters/merge_checkpoints.py',
                 tmp_path / 'named.py', '--snet', tmp_path / 'snet.pth',
                 '--out', tmp_path / 'm.pth', '--force')
    done = call(*arguments, '--no-classifiers')
    assert done.returncode == 0, done.stderr[-3000:]
    weights = torch.load(tmp_path / 'm.pth', weights_only=True)['state_dict']
    assert (weights['cls_head.fc_synopsis.bias'] == 0).all()
    assert (weights['cls_head.fc_detail.bias'] == 0).all()
    done = call(*arguments, '--dnet-prefix', 'nonsense')
    assert done.returncode != 0 and 'got none of them' in done.stderr

    # as documented: from the merged file, without the config's own
    train = (sys.executable, ROOT / 'tools/train.py', tmp_path / 'config.py',
             '--work-dir', tmp_path / 'work', '--cfg-options',
             f'load_from={tmp_path / "m.pth"}', 'train_cfg.max_epochs=1')
    done = call(*train)
    assert done.returncode != 0 and 'elsewhere.pth' in done.stderr
    done = call(*train, 'model.dnet.init_cfg=None')
    assert done.returncode == 0, done.stderr[-3000:]


def test_merge_names_what_a_file_lacks(trained, two_files, tmp_path):
    content = torch.load(two_files['dnet'])
    del content['state_dict']['backbone.layer2.0.conv2.conv.weight']
    torch.save(content, tmp_path / 'truncated.pth')
    tool = ROOT / 'tools/model_converters/merge_checkpoints.py'
    arguments = (sys.executable, tool, trained / 'tiny.py', '--snet',
                 two_files['snet'], '--dnet', tmp_path / 'truncated.pth',
                 '--out', tmp_path / 'merged.pth')
    done = call(*arguments)
    assert done.returncode != 0
    assert 'the file lacks layer2.0.conv2.conv.weight' in done.stderr
    assert not (tmp_path / 'merged.pth').exists()
    done = call(*arguments, '--allow-missing', 'layer2.0')
    assert done.returncode == 0, done.stderr[-3000:]
