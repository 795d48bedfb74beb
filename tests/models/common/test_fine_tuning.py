"""What is kept of a file of other classes, by hand."""

import re

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.common import fine_tuning
from s2dnet_mmaction.models.common.fine_tuning import (
    class_columns,
    complete_weights,
)
from tests.support import tiny
from tests.support.small_runs import SNET_ALONE

CHANNELS, CLASSES = 128, tiny.NUM_CLASSES  # of e, of the fresh network


def build(num_classes=CLASSES, value=None, **changes):
    init_default_scope('mmaction')
    changes['cls_head'] = dict(num_classes=num_classes, k=3,
                               **changes.get('cls_head', {}))
    model = MODELS.build(tiny.model_config(**changes))
    if value is not None:
        for entry in model.state_dict().values():
            entry.fill_(value)
    return model


@pytest.mark.parametrize('num_classes', [3, 6, 9])
@pytest.mark.parametrize('trunk', ['conv', 'mlp'])
def test_all_columns_are_kept_but_those_of_s(num_classes, trunk):
    """The file is full of 7, the fresh network of 2."""
    options = dict(neck=dict(locator=dict(type='LocationScale', trunk=trunk)))
    weights = build(num_classes, 7, **options).state_dict()
    model = build(value=2, **options)
    got = complete_weights(model, weights, new_classes=True)
    model.load_state_dict(got)
    changed = {
        'cls_head.fc_synopsis.weight', 'cls_head.fc_synopsis.bias',
        'cls_head.fc_detail.weight', 'cls_head.fc_detail.bias',
        'neck.locator.reduce.linear.weight'}
    f_m = model.context.fc.weight
    assert f_m.shape == (8, CHANNELS + CLASSES)
    assert (f_m[:, :CHANNELS] == 7).all() and (f_m[:, CHANNELS:] == 2).all()
    for name, value in model.state_dict().items():
        if name != 'context.fc.weight':
            assert (value == (2 if name in changed else 7)).all(), name
    assert (weights['context.fc.weight'] == 7).all()  # not written to


def test_heads_with_s_and_of_mmaction2():
    weights = build(9, 7, cls_head=dict(append_topk=True)).state_dict()
    model = build(value=2, cls_head=dict(append_topk=True))
    model.load_state_dict(complete_weights(model, weights, new_classes=True))
    assert (model.cls_head.fc_detail.weight == 2).all()
    alone = MODELS.build(SNET_ALONE)
    alone.cls_head.scale = torch.nn.Parameter(torch.tensor(1.))  # no axis
    assert class_columns(alone) == {
        'cls_head.fc_cls.weight': 0, 'cls_head.fc_cls.bias': 0}


def test_other_differences_stay_errors():
    weights = build(9, 7, dnet=dict(num_frames=5)).state_dict()
    model = build(value=2)
    got = complete_weights(model, weights, new_classes=True)
    with pytest.raises(ValueError, match='weights of S2DNet: got 129 of 131 '
                       r'.*fit: neck\S*space.0.weight \(.*, neck\S*space.0.'
                       r'bias \(shape \(20,\) instead of \(16,\)\)\. The'):
        model.load_state_dict(got)
    foreign = {'cls_head.fc_cls.weight': torch.zeros(9, 4)}
    assert complete_weights(model, foreign, new_classes=True) == foreign


def test_nothing_of_the_network_is_too_little():
    """Even where all may be missing: a wrong prefix, for example."""
    model = build(value=2)
    weights = {f'model.{name}': value
               for name, value in model.state_dict().items()}
    got = complete_weights(model, weights, [re.compile('')])
    with pytest.raises(ValueError, match='got 0 of 131 entries'):
        model.load_state_dict(got)


def test_allowed_by_name(monkeypatch):
    log = []
    monkeypatch.setattr(fine_tuning, 'print_log',
                        lambda line, **kwargs: log.append(line))
    weights = build(value=7, snet=dict(num_frames=4)).state_dict()
    del weights['neck.live_flag']
    model = build(value=2)
    allowed = [re.compile(r'neck\.locator\.fcs'),
               re.compile('neck.live')]
    model.load_state_dict(complete_weights(model, weights, allowed))
    fcs = model.neck.locator.fcs
    assert (fcs['time'][0].weight == 2).all()  # had another shape
    assert (fcs['time'][0].bias == 7).all()  # allowed, but in the file
    assert model.neck.live_flag == 2
    assert log == [
        'S2DNet: as initialised, not from the file: neck.live_flag, '
        'neck.locator.fcs.time.0.weight (shape (2, 64) instead of '
        '(2, 48)), neck.locator.fcs.space.0.weight (shape (16, 64) '
        'instead of (16, 48)).']
    with pytest.raises(ValueError, match="allow_missing: got 'neck.life'"):
        complete_weights(model, weights, [re.compile('neck.life')])
