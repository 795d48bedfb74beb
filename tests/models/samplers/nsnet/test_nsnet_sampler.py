"""NSNet: what it scores, and what it is taught."""

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.functional.nonsaliency import frame_targets
from tests.support import sampled

T, CLASSES = 4, 3


def build(seed=0, freeze_extractor=True, **changes):
    init_default_scope('mmaction')
    torch.manual_seed(seed)
    model = MODELS.build(dict(
        type='NSNetSampler', backbone=sampled.RESNET, num_classes=CLASSES,
        frames_of_video=T, encoder=dict(num_layers=1), size=(24, 48),
        freeze_extractor=freeze_extractor, **sampled.NORMALISATION,
        **changes))
    model.init_weights()
    return model.eval()


def frames(*shape):
    return torch.randint(0, 256, (*shape, 1, 3, 24, 48), dtype=torch.uint8)


def test_scores_of_a_video():
    model = build()
    views = frames(T)
    with torch.no_grad():
        scores = model.score(views)
        features = model.embed(views)
        assert set(scores) == {'fs', 'vg'} == set(model.score_names)
        for values in scores.values():
            assert values.shape == (T, )
            assert ((values > 0) & (values < 1)).all()
        # Features may be there already.
        again = model.score(features)
    for name, values in scores.items():
        assert torch.equal(again[name], values)
    with pytest.raises(ValueError, match='features of the view: got 5'):
        model.score(torch.zeros(T, 5))


@pytest.mark.parametrize('labels', [
    torch.tensor([0, 2]), torch.tensor([[1, 0, 0], [0, 1, 1]])])
@pytest.mark.parametrize('hard', [False, True])
def test_loss_against_loops(labels, hard):
    model = build(hard=hard, weights=dict(fs=.5, vg=2, ns=.3)).double()
    teacher = torch.rand(2, T, dtype=torch.float64)
    features = torch.randn(2, T, model.out_channels, dtype=torch.float64)
    losses = model.loss(features, labels, teacher)
    classes = labels if labels.dim() == 2 else F.one_hot(labels, CLASSES)
    shares = classes.double() / classes.sum(1, keepdim=True)
    targets = frame_targets(teacher, shares, hard)
    by_frame, salient, other = 0, 0, 0
    for n in range(2):
        x = model.encoder(features[n:n + 1])
        for t in range(T):
            logs = model.scrutinize.fc(x[0, t]).log_softmax(0)
            by_frame -= sum(targets[n, t, c] * logs[c] for c in range(4))
        glimpse = model.glimpse(x)
        logs = glimpse.salient[0].log_softmax(0)
        salient -= sum(shares[n, c] * logs[c] for c in range(3))
        other -= glimpse.non_salient[0].log_softmax(0)[3]
    torch.testing.assert_close(losses['loss_fs'], .5 * by_frame / (2 * T))
    torch.testing.assert_close(losses['loss_vg'], 2 * salient / 2)
    torch.testing.assert_close(losses['loss_ns'], .6 * other / 2)
    assert 0 <= losses['top1_acc'] <= 1


def test_gradients():
    model = build().double()
    features = torch.randn(1, T, model.out_channels, dtype=torch.float64,
                           requires_grad=True)
    teacher = torch.rand(1, T, dtype=torch.float64)

    def loss(x):
        return sum(value for name, value in model.loss(
            x, torch.tensor([1]), teacher).items() if 'loss' in name)

    assert torch.autograd.gradcheck(loss, features, fast_mode=True)


def test_without_suppression():
    """All frames have the class of the video; no teacher is needed."""
    model = build(suppress=False, scrutinize=dict(saliency='class'))
    assert not model.needs_teacher and build().needs_teacher
    views = frames(2, T)
    losses = model.loss(views, torch.tensor([0, 1]), None)
    assert set(losses) == {'loss_fs', 'loss_vg', 'top1_acc'}
    with torch.no_grad():
        x = model.encoder(model.embed(views.flatten(0, 1)).unflatten(
            0, (2, T)))
        expected = F.cross_entropy(
            model.scrutinize.fc(x).flatten(0, 1),
            torch.tensor([0] * T + [1] * T))
    torch.testing.assert_close(losses['loss_fs'].detach(), expected)


@pytest.mark.parametrize('frozen', [False, True])
def test_every_parameter_is_trained(frozen):
    model = build(freeze_extractor=frozen, norm_input=True).train()
    assert model.backbone.training != frozen
    assert model.input_norm.training != frozen
    losses = model.loss(frames(2, T), torch.tensor([0, 1]),
                        torch.rand(2, T))
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is None) == (
            frozen and name.startswith(('backbone', 'input_norm'))), name


@pytest.mark.parametrize('options, message', [
    (dict(weights=dict(fs=-1)), 'weights: got'),
    (dict(weights=dict(other=1)), 'weights: got'),
    (dict(suppress=False), "suppress: got False with saliency='salient'"),
    (dict(suppress=False, hard=True, scrutinize=dict(saliency='class')),
     'suppress: got False .* hard=True')])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


def test_features_need_a_frozen_extractor():
    model = build(freeze_extractor=False)
    with pytest.raises(ValueError, match='freeze_extractor: got False'):
        model.score(torch.zeros(T, model.out_channels))


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_mixed_precision(dtype):
    model = build().train()
    with torch.autocast('cpu', dtype):
        losses = model.loss(frames(2, T), torch.tensor([0, 1]),
                            torch.rand(2, T))
        total = sum(value for name, value in losses.items()
                    if 'loss' in name)
    total.backward()
    assert all(parameter.grad.isfinite().all()
               for parameter in model.parameters()
               if parameter.grad is not None)
