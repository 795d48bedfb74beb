"""Both classifiers, the mask, the losses and the averaging by hand."""

import math

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope


def build(**options):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    head = MODELS.build({
        **dict(
            type='TopKMaskedHead',
            num_classes=6,
            in_channels=4,
            synopsis_channels=3,
            context_channels=2,
            k=3,
            dropout_ratio=0.0,
            init_std=1.0),
        **options
    })
    head.init_weights()
    return head


def features(batch=2):
    generator = torch.Generator().manual_seed(1)
    return (torch.randn(batch, 4, 2, 3, 3, generator=generator),
            torch.randn(batch, 3, 2, 2, 2, generator=generator),
            torch.randn(batch, 2, generator=generator))


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


def soft_samples(labels):
    result = []
    for label in labels:
        sample = ActionDataSample()
        sample.set_gt_label(torch.eye(6)[label])
        result.append(sample)
    return result


def run(head, batch=2):
    e_hat, e, m = features(batch)
    synopsis_logits = head.classify_synopsis(e)
    return e_hat, dict(
        synopsis_logits=synopsis_logits,
        topk=head.topk_vector(synopsis_logits),
        context=m)


def test_equations_2_and_10():
    head = build()
    e_hat, e, m = features()
    feats, kwargs = run(head)
    expected = e.mean((2, 3, 4)) @ head.fc_synopsis.weight.T
    torch.testing.assert_close(kwargs['synopsis_logits'], expected)
    joined = torch.cat([e_hat.mean((2, 3, 4)), m], dim=1)
    p_hat = (joined @ head.fc_detail.weight.T).softmax(-1)
    torch.testing.assert_close(head(feats, **kwargs), p_hat * kwargs['topk'])


def test_equation_12():
    head = build(alpha=0.3)
    feats, kwargs = run(head)
    labels = kwargs['topk'].argmax(1).tolist()  # in the top k
    losses = head.loss(feats, samples(*labels), **kwargs)
    p = kwargs['synopsis_logits'].softmax(-1)
    p_hat = head.classify_detail(feats, kwargs['context'],
                                 kwargs['topk']).softmax(-1)
    rows = [0, 1]
    torch.testing.assert_close(losses['loss_synopsis'],
                               -0.3 * p[rows, labels].log().mean())
    torch.testing.assert_close(losses['loss_detail'],
                               -p_hat[rows, labels].log().mean())
    assert losses['topk_recall'] == 1
    summed = [name for name in losses if 'loss' in name]
    assert sorted(summed) == ['loss_detail', 'loss_synopsis']


def test_missed_video_adds_no_detail_loss():
    head = build()
    feats, kwargs = run(head)
    labels = kwargs['topk'].argmin(1).tolist()
    losses = head.loss(feats, samples(*labels), **kwargs)
    assert losses['loss_detail'] == 0
    assert losses['topk_recall'] == 0
    assert losses['loss_synopsis'] > 0


def test_soft_topk():
    head = build(topk_mode='soft')
    feats, kwargs = run(head)
    torch.testing.assert_close(kwargs['topk'],
                               kwargs['synopsis_logits'].softmax(-1))
    assert (head(feats, **kwargs) > 0).all()


def test_append_topk():
    head = build(append_topk=True)
    assert head.fc_detail.in_features == 4 + 2 + 6
    feats, kwargs = run(head)
    assert head(feats, **kwargs).shape == (2, 6)


def test_soft_labels():
    """One-hot soft labels give the losses of hard ones; a single video
    with soft labels is not mistaken for many with hard ones."""
    head = build()
    for batch in (1, 2):
        feats, kwargs = run(head, batch)
        labels = list(range(batch))
        hard = head.loss(feats, samples(*labels), **kwargs)
        soft = head.loss(feats, soft_samples(labels), **kwargs)
        for name in ('loss_synopsis', 'loss_detail'):
            torch.testing.assert_close(hard[name], soft[name])
        assert 'top1_acc' not in soft


def test_loss_cls_weighs_both_losses():
    """By the weight of its class, 4 here, and by the weight of the loss."""
    head = build(alpha=0.3)
    feats, kwargs = run(head)
    first, second = (row.nonzero().flatten().tolist()
                     for row in kwargs['topk'])
    labels = [first[0], second[-1]]  # in the top k
    weights = [1.] * 6
    weights[labels[0]] = 4.
    assert labels[0] != labels[1]
    weighted = build(alpha=0.3, loss_cls=dict(
        type='CrossEntropyLoss', class_weight=weights, loss_weight=10.))
    losses = weighted.loss(feats, samples(*labels), **kwargs)
    p = kwargs['synopsis_logits'].softmax(-1)
    p_hat = head.classify_detail(feats, kwargs['context'],
                                 kwargs['topk']).softmax(-1)
    for name, probs, factor in (('loss_synopsis', p, 0.3),
                                ('loss_detail', p_hat, 1)):
        logs = probs[[0, 1], labels].log()
        torch.testing.assert_close(
            losses[name], -10 * factor * (4 * logs[0] + logs[1]) / 5)
    assert weighted.state_dict().keys() == head.state_dict().keys()


@pytest.mark.parametrize('loss_cls, match', [
    (dict(type='BCELossWithLogits'), 'loss_cls.type: got BCELossWithLogits'),
    (dict(type='CBFocalLoss', samples_per_cls=[3] * 6), 'got CBFocalLoss'),
    (dict(type='CrossEntropyLoss', class_weight=[1., 2.]),
     r'class_weight: got \[1.0, 2.0\], expected 6 positive numbers'),
    (dict(type='CrossEntropyLoss', class_weight=[1.] * 5 + [0.]),
     'expected 6 positive numbers'),
])
def test_losses_that_cannot_be_followed(loss_cls, match):
    with pytest.raises(ValueError, match=match):
        build(loss_cls=loss_cls)


def test_mixed_labels():
    """Recall is the share of the labels within the top k."""
    head = build(k=2)
    feats, kwargs = run(head)
    likely = kwargs['synopsis_logits'].topk(3).indices
    soft = torch.zeros(2, 6)
    soft[0, likely[0]] = torch.tensor([.5, .2, .3])
    soft[1, likely[1]] = torch.tensor([0., 0., 1.])
    mixed = [ActionDataSample().set_gt_label(row) for row in soft]
    losses = head.loss(feats, mixed, **kwargs)
    assert losses['topk_recall'].item() == pytest.approx(.7 / 2)
    logs = head.classify_detail(feats, kwargs['context'],
                                kwargs['topk']).log_softmax(-1)
    expected = -(.5 * logs[0, likely[0, 0]] + .2 * logs[0, likely[0, 1]]) / 2
    torch.testing.assert_close(losses['loss_detail'], expected)


@pytest.mark.parametrize('label', [[1., 0., 1., 0., 0., 0.],
                                   [2., -1., 0., 0., 0., 0.]])
def test_several_actions_are_refused(label):
    head = build()
    feats, kwargs = run(head, 1)
    with pytest.raises(ValueError, match=r'gt_label: got \[.* for video 0.*'
                       'soft labels, >= 0 with sum 1'):
        head.loss(feats, [ActionDataSample().set_gt_label(label)], **kwargs)


def test_list_of_accuracies():
    """As a config on the command line gives it."""
    assert build(topk=[1, 2]).topk == (1, 2)
    with pytest.raises(ValueError, match='topk: got 0'):
        build(topk=[0])


def test_average_prob_by_hand():
    head = build(average_clips='prob')
    feats, kwargs = run(head, 4)
    got = head.predict(feats, samples(0, 1), **kwargs)
    answers = head(feats, **kwargs).view(2, 2, 6).mean(1)
    synopsis = kwargs['synopsis_logits'].softmax(-1).view(2, 2, 6).mean(1)
    for i, sample in enumerate(got):
        torch.testing.assert_close(sample.pred_score, answers[i])
        torch.testing.assert_close(sample.synopsis_score, synopsis[i])
        assert sample.pred_label.tolist() == [answers[i].argmax()]
        assert sample.topk_label.tolist() == synopsis[i].topk(3)[1].tolist()


def test_average_score_by_hand():
    """One s and one answer from the mean logits of the views."""
    head = build(average_clips='score')
    feats, kwargs = run(head, 4)
    got = head.predict(feats, samples(0, 1), **kwargs)
    detail = head.classify_detail(feats, kwargs['context'], kwargs['topk'])
    detail = detail.view(2, 2, 6).mean(1).softmax(-1)
    synopsis = kwargs['synopsis_logits'].view(2, 2, 6).mean(1).softmax(-1)
    for i, sample in enumerate(got):
        mask = torch.zeros(6)
        mask[synopsis[i].topk(3)[1]] = 1
        torch.testing.assert_close(sample.pred_score, detail[i] * mask)
        assert (sample.pred_score > 0).sum() == 3


def test_training_accuracies_by_hand():
    head = build(topk=(1, 2))
    feats, kwargs = run(head)
    answer = head(feats, **kwargs)
    best = answer.argmax(1).tolist()
    losses = head.loss(feats, samples(best[0], (best[1] + 1) % 6), **kwargs)
    assert losses['top1_acc'] == 0.5
    second = answer.topk(2)[1][:, 1].tolist()
    losses = head.loss(feats, samples(*second), **kwargs)
    assert losses['top1_acc'] == 0
    assert losses['top2_acc'] == 1


def test_initial_answer_is_undecided():
    """Small weights: every class about as likely, loss about log N."""
    head = build(init_std=0.001)
    feats, kwargs = run(head)
    labels = kwargs['topk'].argmax(1).tolist()
    losses = head.loss(feats, samples(*labels), **kwargs)
    assert losses['loss_detail'].item() == pytest.approx(math.log(6), abs=.05)


@pytest.mark.parametrize('options, match', [
    (dict(k=7), 'k: got 7'),
    (dict(average_clips='max'), "average_clips: got 'max'"),
    (dict(label_smooth_eps=0.1), 'label_smooth_eps: got 0.1'),
    (dict(multi_class=True), 'multi_class: got True'),
])
def test_errors(options, match):
    with pytest.raises(ValueError, match=match):
        build(**options)


def test_average_clips_set_later_is_checked():
    head = build()
    head.average_clips = None
    feats, kwargs = run(head)
    with pytest.raises(ValueError, match='average_clips: got None'):
        head.predict(feats, samples(0, 1), **kwargs)


def test_wrong_channels():
    head = build()
    _, kwargs = run(head)
    with pytest.raises(ValueError, match='channels of e_hat: got 9'):
        head(torch.randn(2, 9, 1, 1, 1), **kwargs)
