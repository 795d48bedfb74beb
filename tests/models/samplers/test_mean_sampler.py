"""Two networks that see one view."""

import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support import sampled

RESNET = dict(sampled.RESNET, in_channels=2)
VECTORS = dict(
    sampled.MODEL['sampler'], backbone=RESNET, channels=(0, 2),
    norm_input=True, mean=[127.5] * 2, std=[255.] * 2)
RESIDUALS = dict(sampled.MODEL['sampler'], channels=(2, 5))


def test_the_mean():
    init_default_scope('mmaction')
    torch.manual_seed(0)
    sampler = MODELS.build(dict(type='MeanSampler', samplers=dict(
        vectors=VECTORS, residuals=RESIDUALS))).eval()
    view = torch.randint(0, 256, (3, 2, 5, 24, 48), dtype=torch.uint8)
    vectors, residuals = sampler.samplers.values()
    torch.testing.assert_close(
        sampler.score(view), (vectors.score(view) + residuals.score(view)) / 2)
    assert not vectors.score(view).equal(residuals.score(view))
    # Each sees its channels alone.
    other = view.clone()
    other[:, :, 2:] = 0
    assert vectors.score(other).equal(vectors.score(view))
    assert not residuals.score(other).equal(residuals.score(view))


def test_losses():
    init_default_scope('mmaction')
    sampler = MODELS.build(dict(type='MeanSampler', samplers=dict(
        vectors=dict(VECTORS, objective=dict(type='RankObjective')),
        residuals=RESIDUALS)))
    assert sampler.needs_teacher
    view = torch.randint(0, 256, (2, 3, 2, 5, 24, 48), dtype=torch.uint8)
    losses = sampler.loss(view, torch.tensor([0, 1]), torch.rand(2, 3))
    assert set(losses) == {'vectors_loss_rank', 'residuals_loss_action',
                           'residuals_top1_acc'}
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is not None for p in sampler.parameters())
