"""Each ablation changes exactly what its table row says."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tests.support import tiny
from tests.support.glints import ROOT

FOLDER = ROOT / 'configs/recognition/s2dnet'
MINIKINETICS = ('s2dnet_imagenet-pretrained-mobilenetv2-r50_'
                '8xb8-2x150-16x16-120e_minikinetics-rgb.py')
STHV2 = ('s2dnet_imagenet-pretrained-mobilenetv2-r50_'
         '8xb8-2x85-8x12-120e_sthv2-rgb.py')
RELEASE = {
    'snet.resize_mode': 'nearest',
    'context.norm_cfg': None,
    'dnet.norm_cfg': None,
    'neck.locator.type': 'LocationScale',
    'neck.locator.trunk': 'mlp',
    'neck.locator.space_follows_time': True,
    'neck.init_span': (1.0, 1.0),
    'cls_head.append_topk': True,
    'cls_head.loss': 'plain',
    'cls_head.label_smooth_eps': 0.1,
}
# name of the row -> (parent, what changes in the model)
ROWS = {
    'b1-no-sampling-no-fusion': (MINIKINETICS, {
        'dnet.fusion_stages': (), 'neck.axes': ()
    }),
    'b2-no-fusion': (MINIKINETICS, {'dnet.fusion_stages': ()}),
    'b3-no-sampling': (MINIKINETICS, {'neck.axes': ()}),
    'c2-space-only': (MINIKINETICS, {'neck.axes': ('space', )}),
    'c3-time-only': (MINIKINETICS, {'neck.axes': ('time', )}),
    'd1-no-context-in-classifier': (MINIKINETICS, {
        'cls_head.context_channels': 0
    }),
    'd3-fusion-res4': (MINIKINETICS, {'dnet.fusion_stages': ('res4', )}),
    'd4-fusion-res2-res3-res4': (MINIKINETICS, {
        'dnet.fusion_stages': ('res2', 'res3', 'res4')
    }),
    'soft-topk': (MINIKINETICS, {'cls_head.topk_mode': 'soft'}),
    'linear-time': (STHV2, {'neck.temporal': 'linear'}),
    'release-variant': (MINIKINETICS, RELEASE),
}


def ablation(row, parent=MINIKINETICS):
    data = parent.split('_')[-1]
    path, = (path for path in (FOLDER / 'ablations').glob(f's2dnet_{row}_*')
             if path.name.endswith(data))
    return Config.fromfile(path)


def flat(cfg, prefix=''):
    """Nested dicts -> {'a.b.c': value}."""
    entries = {}
    for name, value in cfg.items():
        if isinstance(value, dict):
            entries.update(flat(value, f'{prefix}{name}.'))
        else:
            entries[prefix + name] = value
    return entries


def changed(parent, child):
    parent, child = flat(parent), flat(child)
    assert set(parent) <= set(child)  # nothing is left out
    return {
        name: value
        for name, value in child.items()
        if name not in parent or parent[name] != value
    }


def test_every_ablation_has_a_row():
    rows = {path.name.split('_')[1]
            for path in (FOLDER / 'ablations').glob('*.py')}
    assert rows == {*ROWS, 'a1-snet-alone', 'a2-dnet-alone'}


@pytest.mark.parametrize('row', ROWS)
def test_changes_what_its_row_says(row):
    parent_name, expected = ROWS[row]
    parent = Config.fromfile(FOLDER / parent_name)
    child = ablation(row, parent_name)
    assert changed(parent.model, child.model) == expected
    others = set(parent.keys()) - {'model'}
    if row == 'release-variant':
        others.discard('optim_wrapper')  # other layers have biases
    for name in others:
        assert parent[name] == child[name], name


def test_release_variant_of_both_instances():
    parent = Config.fromfile(FOLDER / STHV2)
    child = ablation('release-variant', STHV2)
    assert changed(parent.model, child.model) == RELEASE


@pytest.mark.parametrize('row, part', [('a1-snet-alone', 'snet'),
                                       ('a2-dnet-alone', 'dnet')])
def test_nets_alone(row, part):
    """Tab. 2a: the same net, sampled in the same way, a plain classifier."""
    parent = Config.fromfile(FOLDER / MINIKINETICS)
    child = ablation(row)
    expected = {'fusion_stages': ()} if part == 'dnet' else {}
    assert changed(parent.model[part], child.model.backbone) == expected
    assert child.model.data_preprocessor == parent.model.data_preprocessor
    assert child.model.cls_head.dropout_ratio == 0.5
    assert child.model.get('neck') == (
        dict(type='DetailSampler', axes=()) if part == 'dnet' else None)
    assert child.custom_hooks == [dict(type='FiniteGuardHook')]
    for name in ('train_dataloader', 'val_dataloader', 'param_scheduler',
                 'train_cfg'):
        assert parent[name] == child[name], name


def theta_of(row):
    """Theta of the row, with tiny networks and a random f_theta."""
    init_default_scope('mmaction')
    neck = dict(ablation(row).model.neck)
    neck.pop('type')
    model = tiny.build(neck=neck)
    if model.neck.locator is not None:
        tiny.open_up(model)
    model.eval()
    with torch.no_grad():
        frames = torch.stack(tiny.batch((8, 8))['inputs'])
        return model.extract_feat(frames)[1]['detail'].theta


@pytest.mark.parametrize('row, time_is_live, space_is_live', [
    ('b1-no-sampling-no-fusion', False, False),
    ('b3-no-sampling', False, False),
    ('c2-space-only', False, True),
    ('c3-time-only', True, False),
    ('b2-no-fusion', True, True),
])
def test_frozen_axes_are_constant(row, time_is_live, space_is_live):
    """Frozen: centre 0, stride L / T_D = 2 frames, 1 px."""
    theta = theta_of(row)
    assert ((theta.center_t != 0).all()) == time_is_live
    assert ((theta.stride_t != 2).all()) == time_is_live
    assert ((theta.center_y != 0).all()) == space_is_live
    assert ((theta.stride_x != 1).all()) == space_is_live


@pytest.mark.parametrize('row, count, has_context', [
    ('b2-no-fusion', 0, True),
    ('d1-no-context-in-classifier', 2, False),
    ('d3-fusion-res4', 1, True),
    ('d4-fusion-res2-res3-res4', 3, True),
])
def test_where_the_context_goes(row, count, has_context):
    cfg = ablation(row)
    init_default_scope('mmaction')
    model = MODELS.build(cfg.model)
    assert len(model.dnet.fusions) == count
    assert model.cls_head.fc_detail.in_features == (
        2048 + 256 * has_context)
