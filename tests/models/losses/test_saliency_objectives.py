"""Outputs, saliency and losses of the three objectives."""

import pytest
import torch
import torch.nn.functional as F

from s2dnet_mmaction.functional.saliency import (
    rank_loss,
    salient_clips,
    salient_loss,
)
from s2dnet_mmaction.models.losses import (
    ActionObjective,
    RankObjective,
    SalientObjective,
)

OUTPUTS = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([2, 0])
TEACHER = torch.rand(2, 5, generator=torch.Generator().manual_seed(1))


def test_action_over_clips():
    objective = ActionObjective()
    losses = objective.loss(OUTPUTS, LABELS, None)
    expected = sum(F.cross_entropy(OUTPUTS[n, t], LABELS[n])
                   for n in range(2) for t in range(5)) / 10
    torch.testing.assert_close(losses['loss_action'], expected)
    right = (OUTPUTS.mean(1).argmax(1) == LABELS).float().mean()
    assert losses['top1_acc'] == right
    assert objective.num_outputs(3) == 3
    assert not objective.needs_teacher
    assert objective.saliency(OUTPUTS).equal(OUTPUTS.amax(-1))


def test_action_over_videos():
    loss = ActionObjective('video').loss(OUTPUTS, LABELS, None)['loss_action']
    torch.testing.assert_close(loss, F.cross_entropy(OUTPUTS.mean(1), LABELS))


@pytest.mark.parametrize('over', ['clip', 'video'])
def test_action_of_several_labels(over):
    objective = ActionObjective(over)
    one_hot = F.one_hot(LABELS, 3).float()
    single, multi = (objective.loss(OUTPUTS, labels, None)
                     for labels in (LABELS, one_hot))
    torch.testing.assert_close(single, multi)
    two = objective.loss(OUTPUTS, torch.tensor([[1., 0, 1], [1, 0, 0]]), None)
    other = objective.loss(OUTPUTS, torch.tensor([0, 0]), None)
    torch.testing.assert_close(
        two['loss_action'], (single['loss_action'] + other['loss_action']) / 2)


def test_salient():
    objective = SalientObjective(k=2)
    assert objective.num_outputs(3) == 1
    losses = objective.loss(OUTPUTS[..., :1], LABELS, TEACHER)
    expected = salient_loss(OUTPUTS[..., 0], salient_clips(TEACHER, 2))
    assert losses['loss_salient'] == expected


def test_rank_of_a_saliency():
    objective = RankObjective(margin=.3)
    assert objective.num_outputs(3) == 1
    losses = objective.loss(OUTPUTS[..., :1], LABELS, TEACHER)
    assert losses['loss_rank'] == rank_loss(OUTPUTS[..., 0], TEACHER, .3)
    assert objective.saliency(OUTPUTS[..., :1]).equal(OUTPUTS[..., 0])


def test_rank_of_the_true_class():
    objective = RankObjective(margin=0, output='class', ties='second')
    assert objective.num_outputs(3) == 3
    losses = objective.loss(OUTPUTS, LABELS, TEACHER)
    of_class = torch.stack([OUTPUTS[0, :, 2], OUTPUTS[1, :, 0]])
    assert losses['loss_rank'] == rank_loss(of_class, TEACHER, 0, 'second')


@pytest.mark.parametrize('build, message', [
    (lambda: ActionObjective('frame'), "over: got 'frame'"),
    (lambda: RankObjective(output='class').loss(
        OUTPUTS, torch.ones(2, 3), TEACHER), 'labels: got several'),
    (lambda: SalientObjective(0), 'k: got 0'),
    (lambda: RankObjective(-1), 'margin: got -1'),
    (lambda: RankObjective(ties='keep'), "ties: got 'keep'"),
    (lambda: RankObjective(output='both'), "output: got 'both'"),
])
def test_errors(build, message):
    with pytest.raises(ValueError, match=message):
        build()
