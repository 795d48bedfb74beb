import pytest
from mmengine.model import PretrainedInit
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.common.options import (
    build_module,
    build_preprocessor,
)


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')


CONTEXT = dict(type='ContextualFeatures', in_channels=6)


def test_known_options_are_filled_in():
    module = build_module(
        'context', CONTEXT, num_classes=5, in_channels=6)
    assert module.fc.in_features == 11
    assert 'num_classes' not in CONTEXT


def test_sequences_are_compared_by_their_items():
    cfg = dict(type='DetailSampler', axes=(), size=[4, 6, 8])
    assert build_module('neck', cfg, size=(4, 6, 8)).size == (4, 6, 8)


@pytest.mark.parametrize('cfg, match', [
    (dict(in_channels=6), 'context: got no type'),
    (dict(CONTEXT, in_channels=7), 'context.in_channels: got 7, expected 6'),
    (dict(CONTEXT, out_chanels=7), "unknown option 'out_chanels'.*Did you mean"
     ' out_channels'),
    (dict(CONTEXT, colour='red'), "'colour'.*Remove it"),
])
def test_errors(cfg, match):
    with pytest.raises(ValueError, match=match):
        build_module('context', cfg, num_classes=5, in_channels=6)


@pytest.mark.parametrize('kind', ['Pretrained', PretrainedInit])
def test_file_that_mmengine_would_read_in_part(kind):
    init_cfg = [dict(type='Xavier', layer='Linear'),
                dict(type=kind, checkpoint='s2dnet.pth', prefix='context')]
    with pytest.raises(ValueError, match='context.init_cfg: got Pretrained'):
        build_module('context', dict(CONTEXT, init_cfg=init_cfg),
                     num_classes=5)
    build_module('context', dict(CONTEXT, init_cfg=init_cfg[:1]),
                 num_classes=5)


def test_unregistered_type():
    with pytest.raises(KeyError, match='NoSuchModule'):
        build_module('context', dict(type='NoSuchModule'))


def test_preprocessor():
    assert not build_preprocessor(None).normalizes
    assert build_preprocessor(
        dict(type='S2DNetDataPreprocessor', mean=[0.], std=[1.])).normalizes
    with pytest.raises(ValueError, match='got ActionDataPreprocessor'):
        build_preprocessor(dict(type='ActionDataPreprocessor'))
    with pytest.raises(ValueError, match="unknown option 'to_rgb'"):
        build_preprocessor(dict(type='S2DNetDataPreprocessor', to_rgb=True))
