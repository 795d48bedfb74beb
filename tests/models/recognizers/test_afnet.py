"""AFNet as a recognizer of MMAction2."""

import pytest
import torch

from tests.support import afnet

T = afnet.T


def test_losses():
    """The ratio is logged, and not added to the loss."""
    model = afnet.build().train()
    data = model.data_preprocessor(afnet.batch(), True)
    torch.manual_seed(1)
    losses = model(**data, mode='loss')
    torch.manual_seed(1)
    _, masks = model.backbone(data['inputs'].flatten(0, 1))
    ratios = masks.mean((1, 2))
    assert float(losses['keep_ratio']) == pytest.approx(float(ratios.mean()))
    assert float(losses['loss_keep_ratio']) == pytest.approx(
        float((.5 - ratios).square().mean()))
    total, _ = model.parse_losses(losses)
    torch.testing.assert_close(
        total, losses['loss_cls'] + losses['loss_keep_ratio'])


@pytest.mark.parametrize('views', [1, 3])
def test_predictions(views):
    """Masks and cost of all views of a video."""
    model = afnet.build(test_cfg=dict(return_masks=True,
                                      return_feature=True)).eval()
    samples = model.test_step(afnet.batch(2, views))
    data = model.data_preprocessor(afnet.batch(2, views), False)
    with torch.no_grad():
        features, masks = model.backbone(data['inputs'].flatten(0, 1))
        scores = model.cls_head.fc_cls(features.mean((2, 3)))
    scores = scores.view(2, views, T, -1).mean(2).softmax(-1).mean(1)
    masks = masks.view(4, 2, views * T)
    macs = model.frame_macs((32, 32))
    for i, sample in enumerate(samples):
        torch.testing.assert_close(sample.pred_score, scores[i])
        assert torch.equal(sample.keep_masks, masks[:, i])
        assert sample.macs == pytest.approx(macs.of(masks[:, i]))
        torch.testing.assert_close(
            sample.feature, features.mean((2, 3)).view(
                2, views * T, -1)[i].mean(0))


def test_predictions_without_options():
    model = afnet.build(test_cfg=None).eval()
    sample, _ = model.test_step(afnet.batch())
    assert 'keep_masks' not in sample and 'macs' not in sample


@pytest.mark.parametrize('stage', ['backbone', 'head'])
def test_stages(stage):
    model = afnet.build().eval()
    data = model.data_preprocessor(afnet.batch(3), False)
    out = model(data['inputs'], mode='tensor', stage=stage)
    assert out.shape == ((3, 6) if stage == 'head' else (3 * T, 128, 1, 1))


def test_weights_that_do_not_fill_it():
    model = afnet.build()
    weights = model.state_dict()
    del weights['backbone.layer1.navigation.0.decide.bias']
    with pytest.raises(ValueError, match='the file lacks backbone.layer1.nav'):
        model.load_state_dict(weights)


@pytest.mark.parametrize('changes, match', [
    (dict(backbone=dict(gate='soft')), "a loss with gate='soft'"),
    (dict(backbone=dict(gate='none')), "a loss with gate='none'"),
    (dict(keep_ratio=dict(target=0.0)), 'target: got 0.0'),
    (dict(cls_head=dict(afnet.MODEL['cls_head'], num_segments=8)),
     'cls_head.num_segments: got 8, expected 4'),
    (dict(neck=dict(type='TPN')), 'neck: got .*expected none'),
    (dict(test_cfg=dict(fcn_test=True)), "test_cfg: got 'fcn_test'"),
    (dict(cls_head=dict(afnet.MODEL['cls_head'], in_channels=64)),
     'cls_head.in_channels: got 64, expected 128'),
])
def test_parts_that_do_not_fit(changes, match):
    with pytest.raises(ValueError, match=match):
        afnet.build(**changes)


def test_another_backbone():
    with pytest.raises(ValueError, match='backbone: got ResNet'):
        model = dict(afnet.MODEL)
        model['backbone'] = dict(type='ResNet', depth=18)
        from mmaction.registry import MODELS
        MODELS.build(model)
