"""SNet alone and DNet alone (Tab. 2a)."""

import copy

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from tests.support import glints, tiny

HEAD = dict(
    type='I3DHead',
    num_classes=tiny.NUM_CLASSES,
    dropout_ratio=0.0,
    average_clips='prob')
SNET = dict(tiny.MODEL['snet'])
DNET = dict(tiny.MODEL['dnet'], fusion_stages=())
FROZEN = dict(type='DetailSampler', axes=())


def branch(**parts):
    init_default_scope('mmaction')
    torch.manual_seed(0)
    parts = {
        **dict(
            type='S2DNetBranch',
            cls_head=HEAD,
            data_preprocessor=tiny.MODEL['data_preprocessor']),
        **parts
    }
    model = MODELS.build(parts)
    model.init_weights()
    return model


BRANCHES = [dict(backbone=SNET), dict(backbone=DNET, neck=FROZEN)]


@pytest.mark.parametrize('parts', BRANCHES)
def test_trains_and_predicts(parts):
    model = branch(**parts)
    losses = tiny.run(model, 'loss', tiny.batch(), training=True)
    losses['loss_cls'].backward()
    assert all(p.grad is not None for p in model.parameters())
    model.eval()
    with torch.no_grad():
        samples = tiny.run(model, 'predict', tiny.batch(views=3))
    for sample in samples:
        assert sample.pred_score.shape == (tiny.NUM_CLASSES, )
        torch.testing.assert_close(sample.pred_score.sum(), torch.tensor(1.))


@pytest.mark.parametrize('parts', BRANCHES)
def test_padding_changes_nothing(parts):
    model = branch(**parts)
    model.eval()
    with torch.no_grad():
        together = tiny.run(model, 'predict', tiny.batch((7, 4)))[1]
        data = tiny.batch((7, 4))
        data = {name: value[1:] for name, value in data.items()}
        alone = tiny.run(model, 'predict', data)[0]
    torch.testing.assert_close(
        together.pred_score, alone.pred_score, atol=1e-5, rtol=0)


def test_dnet_sees_what_a_frozen_s2dnet_sees():
    """The centre crop of uniform frames, without fusion and mask."""
    whole = tiny.build(
        dnet=dict(fusion_stages=()), cls_head=dict(context_channels=0),
        context=None, neck=dict(axes=()))
    alone = branch(backbone=DNET, neck=FROZEN)
    alone.backbone.load_state_dict(whole.dnet.state_dict())
    for model in (whole, alone):
        model.eval()
    frames = torch.stack(tiny.batch((7, 7))['inputs'])
    with torch.no_grad():
        torch.testing.assert_close(
            alone.extract_feat(frames)[0], whole.extract_feat(frames)[0])


@pytest.mark.parametrize('parts, message', [
    (dict(backbone=DNET), 'DetailSampler with axes=.. for DNet'),
    (dict(backbone=SNET, neck=FROZEN), 'None for SNet'),
    (dict(backbone=dict(DNET, fusion_stages=('layer1', ),
                        context_channels=4), neck=FROZEN),
     'has no contextual features'),
    (dict(backbone=tiny.RESNET), 'got ResNet, expected SNet or DNet'),
    (dict(backbone=DNET, neck=dict(type='DetailSampler')),
     'in_shape and num_classes'),
])
def test_parts_that_do_not_fit(parts, message):
    with pytest.raises(ValueError, match=message):
        branch(**parts)


@pytest.mark.parametrize('parts', BRANCHES)
def test_runs_through_the_runner(parts, glints_root, tmp_path):
    """As a1 and a2 do: no stages, MMAction2's metric."""
    cfg = glints.config(glints_root, tmp_path, max_epochs=1, switch_epoch=0)
    cfg.model = Config(
        dict(
            model=dict(
                type='S2DNetBranch',
                cls_head=HEAD,
                data_preprocessor=tiny.MODEL['data_preprocessor'],
                **copy.deepcopy(parts)))).model
    cfg.custom_hooks = []
    cfg.val_evaluator = cfg.test_evaluator = dict(type='AccMetric')
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert 0 <= runner.test()['acc/top1'] <= 1
    assert (tmp_path / 'epoch_1.pth').is_file()
