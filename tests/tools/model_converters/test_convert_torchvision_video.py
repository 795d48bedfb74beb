"""torchvision's video networks as checkpoints of MMAction2."""

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint

from tests.support.command_line import run_tool
from tests.support.glints import ROOT

TOOL = 'model_converters/convert_torchvision_video.py'
CHANNELS = (64, 128, 256, 512)


def file_weights(depths):
    """Random weights by torchvision's names, stage kernels as deep as said."""
    rng = torch.Generator().manual_seed(0)
    weights = {}

    def conv_norm(conv, norm, *shape):
        fan_in = torch.tensor(shape[1:]).prod()
        weights[f'{conv}.weight'] = torch.randn(
            shape, generator=rng) * (2 / fan_in) ** .5
        for name in ('weight', 'bias', 'running_mean', 'running_var'):
            weights[f'{norm}.{name}'] = .5 + torch.rand(
                shape[0], generator=rng)
        weights[f'{norm}.num_batches_tracked'] = torch.tensor(1)

    conv_norm('stem.0', 'stem.1', 64, 3, 3, 7, 7)
    width = 64
    for stage, (channels, depth) in enumerate(zip(CHANNELS, depths), 1):
        for block in range(2):
            at = f'layer{stage}.{block}'
            for conv in (1, 2):
                conv_norm(f'{at}.conv{conv}.0', f'{at}.conv{conv}.1',
                          channels, width, depth, 3, 3)
                width = channels
            if block == 0 and stage > 1:
                conv_norm(f'{at}.downsample.0', f'{at}.downsample.1',
                          channels, channels // 2, 1, 1, 1)
    weights['fc.weight'] = torch.randn(400, 512, generator=rng)
    weights['fc.bias'] = torch.randn(400, generator=rng)
    return weights


def answer(weights, clips):
    """The network as torchvision describes it, (N, 3, T, H, W) -> (N, 400).
    """
    def conv_norm(x, conv, norm, stride=(1, 1, 1)):
        kernel = weights[f'{conv}.weight']
        x = F.conv3d(x, kernel, stride=stride,
                     padding=[size // 2 for size in kernel.shape[2:]])
        return F.batch_norm(x, *(weights[f'{norm}.{name}'] for name in (
            'running_mean', 'running_var', 'weight', 'bias')))

    x = conv_norm(clips, 'stem.0', 'stem.1', (1, 2, 2)).relu()
    for stage in range(1, 5):
        for block in range(2):
            at, stride = f'layer{stage}.{block}', (1, 1, 1)
            depth = weights[f'{at}.conv1.0.weight'].size(2)
            if block == 0 and stage > 1:
                stride = (2 if depth == 3 else 1, 2, 2)
            y = conv_norm(x, f'{at}.conv1.0', f'{at}.conv1.1', stride).relu()
            y = conv_norm(y, f'{at}.conv2.0', f'{at}.conv2.1')
            if stride != (1, 1, 1):
                x = conv_norm(x, f'{at}.downsample.0', f'{at}.downsample.1',
                              stride)
            x = (x + y).relu()
    return F.linear(x.mean((2, 3, 4)), weights['fc.weight'],
                    weights['fc.bias'])


@pytest.mark.parametrize('depths, changes', [
    ((3, 1, 1, 1), {}),
    ((3, 3, 3, 3), dict(inflate=(1, 1, 1, 1),
                        temporal_strides=(1, 2, 2, 2)))])
def test_answers(tmp_path, depths, changes):
    """Of MC3-18, and of R3D-18 as the tool's text says."""
    weights = file_weights(depths)
    torch.save(weights, tmp_path / 'a.pth')
    run_tool(TOOL, tmp_path / 'a.pth', tmp_path / 'new/b.pth')
    init_default_scope('mmaction')
    cfg = Config.fromfile(ROOT / 'configs/_base_/models/recognizer_mc3-r18.py')
    del cfg.recognizer['init_cfg']
    cfg.recognizer.backbone.update(changes)
    model = MODELS.build(cfg.recognizer).eval()
    load_checkpoint(model, str(tmp_path / 'new/b.pth'), strict=True)
    clips = torch.randn(2, 3, 8, 32, 32)
    with torch.no_grad():
        got = model(clips[:, None], stage='head')
        expected = answer(weights, clips)
    torch.testing.assert_close(got, expected, rtol=1e-4,
                               atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize('name', [
    'layer1.0.conv1.0.0.weight', 'features.weight'])
def test_other_networks(tmp_path, name):
    torch.save({name: torch.ones(1)}, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match='expected a file of mc3_18'):
        run_tool(TOOL, tmp_path / 'a.pth', tmp_path / 'b.pth')
