"""What is kept of a prediction, by method."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.apis.bulk.fields import fields_of, lists
from tests.support import afnet, small_runs, tiny


def predicted(model, lengths=(7, 5), **test_cfg):
    model.test_cfg.update(test_cfg)
    with torch.no_grad():
        return tiny.run(model.eval(), 'predict', tiny.batch(lengths))


def depth(value):
    return 1 + depth(value[0]) if isinstance(value, list) else 0


@pytest.mark.parametrize('locator', ['LocationScale', 'HeatmapLocator'])
def test_s2dnet(locator):
    """Each field has the columns and types that it says."""
    model = tiny.build(neck=dict(locator=dict(type=locator)))
    fields = fields_of(model)
    assert ('heatmaps' in fields) == (locator == 'HeatmapLocator')
    assert [name for name, field in fields.items() if field.always] == [
        'answer', 'likely']
    options = {}
    for field in fields.values():
        options.update(field.test_cfg)
    sample = predicted(model, **options)[0]
    row = {}
    for field in fields.values():
        values = field.values(sample)
        assert list(values) == list(field.columns)
        for name, value in values.items():
            assert depth(value) == field.columns[name].count('list<'), name
        row.update(values)
    assert row['pred_label'] == int(sample.pred_label)
    assert row['pred_score'] == max(row['scores'])
    assert row['feature'] == pytest.approx(sample.feature.tolist())
    assert len(row['feature']) == model.dnet.out_channels


def test_feature_is_the_mean_of_the_map():
    model = tiny.build().eval()
    data = model.data_preprocessor(tiny.batch(views=2))
    sample = predicted(model, return_feature=True)
    assert 'feature' in sample[0]
    with torch.no_grad():
        maps, _ = model.extract_feat(data['inputs'], lengths=data['lengths'])
    model.test_cfg['return_feature'] = True
    with torch.no_grad():
        sample = tiny.run(model, 'predict', tiny.batch(views=2))[1]
    torch.testing.assert_close(sample.feature,
                               maps[2:].mean(dim=(0, 2, 3, 4)))


def test_video_that_ended_has_neither_grid_nor_feature():
    model = tiny.build(test_cfg=dict(exit_threshold=0))
    fields = fields_of(model)
    sample, _ = predicted(model, return_grid=True, return_feature=True)
    assert fields['exited'].always
    assert fields['exited'].values(sample) == dict(exited=True)
    assert fields['grid'].values(sample) == dict(
        frame_positions=None, boxes=None)
    assert fields['feature'].values(sample) == dict(feature=None)


def test_other_recognizers():
    init_default_scope('mmaction')
    branch = MODELS.build(small_runs.SNET_ALONE)
    assert list(fields_of(branch)) == ['answer', 'scores', 'feature']
    tsn = MODELS.build(dict(
        type='Recognizer2D', backbone=tiny.RESNET, cls_head=dict(
            type='TSNHead', num_classes=3, in_channels=128)))
    assert list(fields_of(tsn)) == ['answer', 'scores']
    with pytest.raises(TypeError, match='fields_of.register'):
        fields_of(torch.nn.Linear(1, 1))


def test_lists():
    assert lists(2) == 'list<list<float>>'
    assert lists(1, 'int') == 'list<int>'


def test_afnet():
    """Ratio and cost always; masks and features if they are wanted."""
    model = afnet.build().eval()
    fields = fields_of(model)
    assert [name for name, field in fields.items() if field.always] == [
        'answer', 'keep']
    model.test_cfg = {}
    for field in fields.values():
        model.test_cfg.update(field.test_cfg)
    sample = model.test_step(afnet.batch())[0]
    row = {}
    for field in fields.values():
        values = field.values(sample)
        assert list(values) == list(field.columns)
        for name, value in values.items():
            assert depth(value) == field.columns[name].count('list<'), name
        row.update(values)
    masks = np.array(row['keep_masks'])
    assert masks.shape == (4, afnet.T)
    assert row['keep_ratio'] == pytest.approx(masks.mean())
    assert row['gmacs'] == pytest.approx(sample.macs / 1e9)
    assert len(row['feature']) == 128
