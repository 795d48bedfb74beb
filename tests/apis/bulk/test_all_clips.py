"""The config of a sampler, changed to score all clips."""

import pytest
from mmengine.config import Config

from s2dnet_mmaction.apis.bulk.all_clips import all_clips
from tests.support import haystack
from tests.support.glints import ROOT


def test_no_sampler_and_no_views():
    path = haystack.SAMPLER.format('rank').replace(
        'rank_r18', 'rank-av_r18-vggish')
    cfg = Config.fromfile(ROOT / path)
    cfg.test_dataloader.dataset.pipeline[-1].stride = 4
    all_clips(cfg)
    assert cfg.model.sampler is None and cfg.model.fallback is None
    assert cfg.model.select == dict(type='EveryNth', n=1)
    assert 'init_cfg' not in cfg.model.recognizer
    skim = cfg.test_dataloader.dataset.pipeline[-1]
    assert skim.views == {} and skim.stride == 1


def test_another_model():
    cfg = Config(dict(model=dict(type='S2DNet')))
    with pytest.raises(ValueError, match='model.type: got S2DNet, expected'):
        all_clips(cfg)
