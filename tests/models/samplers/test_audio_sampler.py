"""The sampler that listens."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

VGG = dict(type='VGGish', stage='pool4', base_channels=4)


def build(backbone=VGG, **options):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    return MODELS.build({**dict(
        type='AudioSampler', backbone=backbone, num_classes=4,
        objective=dict(type='ActionObjective')), **options})


def test_scores():
    sampler, sound = build().eval(), torch.randn(5, 1, 40, 200)
    scores = sampler.score(sound)
    assert scores.shape == (5, )
    torch.testing.assert_close(sampler.score(sound[3:4]), scores[3:4])


@pytest.mark.parametrize('frozen', [False, True])
@pytest.mark.parametrize('objective, teacher', [
    (dict(type='ActionObjective'), False),
    (dict(type='SalientObjective', k=1), True),
    (dict(type='RankObjective', margin=.5), True)])
def test_what_is_trained(frozen, objective, teacher):
    sampler = build(dict(VGG, frozen=frozen), objective=objective)
    sampler.init_weights()
    assert sampler.needs_teacher is teacher
    losses = sampler.loss(torch.randn(2, 3, 1, 40, 200),
                          torch.tensor([0, 3]), torch.rand(2, 3))
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert sampler.fc.weight.grad.abs().sum() > 0
    assert all((p.grad is None) is frozen
               for p in sampler.backbone.parameters())
