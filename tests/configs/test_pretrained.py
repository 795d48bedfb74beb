"""Checkpoints that configs of S2DNet name: each fills its net completely."""

from functools import lru_cache
from pathlib import Path

import mmaction
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.common.checkpoints import plain_name
from tests.support.glints import ROOT

CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs/recognition/s2dnet').rglob('*.py')
    if 'pretrained' in path.name)
MMACTION = Path(mmaction.__file__).parent / '.mim/configs/recognition'


@lru_cache(maxsize=None)  # most configs name the same files
def published(url):
    """A file like the one at a URL, with random numbers.

    MMAction2's files are named after the config that they were trained
    with, so the network is that config's.
    """
    name = url.split('/')[-1]
    torch.manual_seed(0)
    if 'download.pytorch.org' in url:
        depth = int(name[len('resnet'):].split('-')[0])
        weights = MODELS.build(dict(type='ResNet', depth=depth)).state_dict()
        weights = {plain_name(key): value for key, value in weights.items()}
        channels = 2048 if depth == 50 else 512
        weights['fc.weight'] = torch.rand(1000, channels)
        weights['fc.bias'] = torch.rand(1000)
        return weights
    if 'mmclassification' in url:
        assert name.startswith('mobilenet_v2')
        weights = MODELS.build(dict(type='MobileNetV2')).state_dict()
        weights = {f'backbone.{key}': value for key, value in weights.items()}
        weights['head.fc.weight'] = torch.rand(1000, 1280)
        weights['head.fc.bias'] = torch.rand(1000)
    else:
        stem = name.rsplit('_', 1)[0]
        path, = MMACTION.rglob(f'{stem}.py')
        assert f'/{path.parent.name}' in url or 'uniformerv1' in url
        weights = MODELS.build(Config.fromfile(path).model).state_dict()
    return dict(meta=dict(), state_dict=weights)


@pytest.mark.slow
@pytest.mark.parametrize('path', CONFIGS)
def test_every_entry_is_loaded(path, monkeypatch):
    init_default_scope('mmaction')
    urls, log = [], []

    def load_url(url, **kwargs):
        urls.append(url)
        return published(url)

    monkeypatch.setattr('mmengine.runner.checkpoint.load_url', load_url)
    monkeypatch.setattr('s2dnet_mmaction.models.common.checkpoints.print_log',
                        lambda message, **kwargs: log.append(message))
    cfg = Config.fromfile(ROOT / path)
    model = MODELS.build(cfg.model)
    model.init_weights()
    nets = [
        net for net in ('snet', 'dnet', 'backbone') if hasattr(model, net)
    ]
    files = [getattr(model, net).pretrained.checkpoint for net in nets]
    assert urls == [file for file in files if file.startswith('https://')]
    for net in nets:
        backbone = getattr(model, net).backbone
        count = len(list(backbone.parameters()))
        said = f'loaded {count} of {count} parameters'
        assert any(said in message for message in log), net
