"""Merging the checkpoints of two networks."""

import sys

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tests.support import tiny
from tests.support.command_line import call, call_tool, run_tool
from tests.support.glints import ROOT

pytestmark = pytest.mark.slow

TOOL = 'model_converters/merge_checkpoints.py'


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
    merged = tmp_path / 'merged.pth'
    arguments = (trained / 'tiny.py', '--snet', two_files['snet'], '--dnet',
                 two_files['dnet'], '--out', merged)
    call_tool(TOOL, *arguments)
    weights = torch.load(merged, weights_only=True)['state_dict']
    for net, file in two_files.items():
        for name, value in torch.load(file)['state_dict'].items():
            assert torch.equal(weights[f'{net}.{name}'], value), name

    call_tool('train.py', trained / 'tiny.py', '--work-dir',
              tmp_path / 'work', '--cfg-options', f'load_from={merged}',
              'train_cfg.max_epochs=1')
    log = next((tmp_path / 'work').glob('*/*.log')).read_text()
    assert f'Load checkpoint from {merged}' in log
    assert 'size mismatch' not in log
    assert 'missing keys' not in log and 'unexpected key' not in log

    with pytest.raises(SystemExit, match='add --force'):
        run_tool(TOOL, *arguments)
    run_tool(TOOL, *arguments, '--force')

    # ... and the nets of a merged file merge again
    run_tool(TOOL, trained / 'tiny.py', '--snet', merged, '--snet-prefix',
             'snet.backbone', '--dnet', merged, '--dnet-prefix',
             'dnet.backbone', '--out', merged, '--force')
    again = torch.load(merged, weights_only=True)['state_dict']
    for name, value in weights.items():
        if '.backbone.' in name:
            assert torch.equal(again[name], value), name


def test_a_net_without_a_file(trained, two_files, tmp_path):
    with pytest.raises(SystemExit, match='--dnet: got none'):
        run_tool(TOOL, trained / 'tiny.py', '--snet', two_files['snet'],
                 '--out', tmp_path / 'other.pth')


@pytest.fixture
def config_with_heads(trained, two_files, tmp_path):
    """The tiny config, and beside it files that hold classifiers, too."""
    for file in two_files.values():
        content = torch.load(file)
        content['state_dict'].update({
            'cls_head.fc_cls.weight': torch.rand(tiny.NUM_CLASSES, 128),
            'cls_head.fc_cls.bias': torch.full((tiny.NUM_CLASSES, ), 7.)
        })
        torch.save(content, tmp_path / file.name)
    return Config.fromfile(trained / 'tiny.py')


def biases(file):
    """Those of the synopsis classifier and of the detail classifier."""
    weights = torch.load(file, weights_only=True)['state_dict']
    return [set(weights[f'cls_head.fc_{net}.bias'].tolist())
            for net in ('synopsis', 'detail')]


def test_config_that_leaves_a_classifier_new(config_with_heads, tmp_path):
    config_with_heads.model.dnet.init_cfg = dict(
        type='Pretrained', checkpoint='elsewhere.pth', classifier=False)
    config_with_heads.dump(tmp_path / 'config.py')
    run_tool(TOOL, tmp_path / 'config.py', '--snet', tmp_path / 'snet.pth',
             '--dnet', tmp_path / 'dnet.pth', '--out', tmp_path / 'm.pth')
    assert biases(tmp_path / 'm.pth') == [{7}, {0}]

    # The documented start from the merged file does not read elsewhere.pth.
    train = ('train.py', tmp_path / 'config.py', '--work-dir',
             tmp_path / 'work', '--cfg-options',
             f'load_from={tmp_path / "m.pth"}', 'train_cfg.max_epochs=1')
    done = call(sys.executable, ROOT / 'tools' / train[0], *train[1:])
    assert done.returncode != 0 and 'elsewhere.pth' in done.stderr
    call_tool(*train, 'model.dnet.init_cfg=None')


def test_command_line_wins_over_the_config(config_with_heads, tmp_path):
    config_with_heads.model.dnet.init_cfg = dict(
        type='Pretrained', checkpoint=str(tmp_path / 'dnet.pth'))
    config_with_heads.dump(tmp_path / 'config.py')
    arguments = (tmp_path / 'config.py', '--snet', tmp_path / 'snet.pth',
                 '--out', tmp_path / 'm.pth')
    run_tool(TOOL, *arguments, '--no-classifiers')
    assert biases(tmp_path / 'm.pth') == [{0}, {0}]
    with pytest.raises(ValueError, match='got none of them'):
        run_tool(TOOL, *arguments, '--force', '--dnet-prefix', 'nonsense')


def test_merge_names_what_a_file_lacks(trained, two_files, tmp_path):
    content = torch.load(two_files['dnet'])
    del content['state_dict']['backbone.layer2.0.conv2.conv.weight']
    torch.save(content, tmp_path / 'truncated.pth')
    arguments = (trained / 'tiny.py', '--snet', two_files['snet'], '--dnet',
                 tmp_path / 'truncated.pth', '--out', tmp_path / 'merged.pth')
    with pytest.raises(ValueError, match='lacks layer2.0.conv2.conv.weight'):
        run_tool(TOOL, *arguments)
    assert not (tmp_path / 'merged.pth').exists()
    run_tool(TOOL, *arguments, '--allow-missing', 'layer2.0')
    assert (tmp_path / 'merged.pth').is_file()
