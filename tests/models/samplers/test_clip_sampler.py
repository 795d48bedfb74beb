"""The sampler that scores each clip by itself, and AR-Net's answers."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.functional.selection import top_k
from tests.support import filling, sampled

GOLDEN = Path(__file__).parents[2] / 'data/arnet_scsampler.npz'


def build(**options):
    init_default_scope('mmaction')
    return MODELS.build({**sampled.MODEL['sampler'], **options}).eval()


def views(number, generator=None):
    return torch.randint(0, 256, (number, 2, 3, 24, 48), dtype=torch.uint8)


def test_a_clip_is_scored_by_itself():
    torch.manual_seed(0)
    sampler, clips = build(), views(5)
    scores = sampler.score(clips)
    assert scores.shape == (5, )
    for i in range(5):
        torch.testing.assert_close(sampler.score(clips[i:i + 1]),
                                   scores[i:i + 1])


def test_the_mean_of_frames():
    """A 2D net: logits of the clip are the mean of those of its frames."""
    torch.manual_seed(0)
    sampler, clips = build(), views(3)
    frames = [sampler(clips[:, [i, i]]) for i in range(2)]
    torch.testing.assert_close(sampler(clips), (frames[0] + frames[1]) / 2)


@pytest.mark.parametrize('objective, outputs, teacher', [
    (dict(type='ActionObjective'), 4, False),
    (dict(type='SalientObjective', k=1), 1, True),
    (dict(type='RankObjective'), 1, True),
    (dict(type='RankObjective', output='class'), 4, True),
])
def test_objectives(objective, outputs, teacher):
    torch.manual_seed(0)
    sampler = build(objective=objective)
    assert sampler.needs_teacher is teacher
    assert sampler(views(2)).shape == (2, outputs)
    losses = sampler.loss(views(6).unflatten(0, (2, 3)),
                          torch.tensor([0, 3]), torch.rand(2, 3))
    loss = sum(value for name, value in losses.items() if 'loss' in name)
    loss.backward()
    assert all(p.grad is not None for p in sampler.parameters())


def test_the_file_fills_backbone_and_classifier(tmp_path):
    torch.manual_seed(0)
    first = build()
    torch.save({
        **{f'backbone.{name}': value
           for name, value in first.backbone.state_dict().items()},
        'cls_head.fc_cls.weight': first.fc.weight,
        'cls_head.fc_cls.bias': first.fc.bias}, tmp_path / 'net.pth')
    second = build(init_cfg=dict(type='Pretrained',
                                 checkpoint=str(tmp_path / 'net.pth')))
    second.init_weights()
    second.eval()
    clips = views(2)
    assert first(clips).equal(second(clips))


@pytest.mark.parametrize('options, call, message', [
    (dict(objective=dict(type='KeepRatioLoss', target=.5)), None,
     'objective: got KeepRatioLoss'),
    (dict(size=32), views(1), r'view of the sampler: got \(24, 48\)'),
])
def test_errors(options, call, message):
    with pytest.raises(ValueError, match=message):
        sampler = build(**options)
        sampler.score(call)


@pytest.fixture(scope='module')
def golden():
    stored = np.load(GOLDEN)
    shapes = {name: shape for name, shape, _ in json.loads(
        str(stored['keys']))}
    weights = filling.filled(
        shapes, lambda name: 2 if name.startswith('lite_backbone') else 1)
    return stored, weights, filling.frames('scsampler', 2, 16)


@pytest.mark.parametrize('size', [84, 224])
@torch.no_grad()
def test_as_arnet(golden, size):
    """MobileNetV2 scores 16 frames; ResNet-50 sees the 10 best."""
    stored, weights, frames = golden
    small = F.avg_pool2d(
        frames[..., :168, :168].flatten(0, 1), 2).unflatten(
            0, (2, 16)) if size == 84 else frames
    sampler = build(
        backbone=dict(type='MobileNetV2'), num_classes=200, num_frames=1,
        size=size, mean=[0.] * 3, std=[1.] * 3)
    lite = [weights[name] for name in weights
            if name.startswith('lite_backbone.')]
    own = sampler.backbone.state_dict()  # in the same order
    sampler.backbone.load_state_dict(dict(zip(own, lite)))
    sampler.fc.load_state_dict(
        {name: weights[f'lite_fc.{name}'] for name in ('weight', 'bias')})
    outputs = sampler(small.flatten(0, 1).unsqueeze(1)).unflatten(0, (2, 16))
    torch.testing.assert_close(
        outputs[..., ::20],
        torch.from_numpy(stored[f'sampler_logits_slice_{size}']),
        atol=1e-4, rtol=0)
    saliency = sampler.objective.saliency(outputs)
    torch.testing.assert_close(
        saliency, torch.from_numpy(stored[f'sampler_max_{size}']),
        atol=1e-4, rtol=0)
    picks = top_k(saliency, 10)
    assert picks.tolist() == np.sort(stored[f'topk_{size}']).tolist()
    logits = tsn(weights)(
        torch.stack([video[chosen]
                     for video, chosen in zip(frames, picks)]), stage='head')
    torch.testing.assert_close(
        logits, torch.from_numpy(stored[f'logits_{size}']), atol=1e-4,
        rtol=0)


def tsn(weights):
    """MMAction2's TSN with the weights of the recognizer."""
    model = MODELS.build(dict(
        type='Recognizer2D',
        backbone=dict(type='ResNet', depth=50, norm_eval=False),
        cls_head=dict(type='TSNHead', num_classes=200, in_channels=2048,
                      average_clips='prob'))).eval()
    prefix = 'base_model_list.0.'
    own = model.backbone.state_dict()
    theirs = {}
    for name, value in weights.items():
        if name.startswith(prefix):
            name = name[len(prefix):]
            name = name.replace('downsample.0.', 'downsample.conv.').replace(
                'downsample.1.', 'downsample.bn.')
            for i in '123':
                name = name.replace(f'conv{i}.weight', f'conv{i}.conv.weight')
                name = name.replace(f'bn{i}.', f'conv{i}.bn.')
            theirs[name] = value
    assert set(theirs) == set(own)
    model.backbone.load_state_dict(theirs)
    model.cls_head.fc_cls.load_state_dict(
        {name: weights[f'new_fc_list.0.{name}']
         for name in ('weight', 'bias')})
    return model
