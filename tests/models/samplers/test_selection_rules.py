"""The rules as parts of a config."""

import pytest
import torch
from mmaction.registry import TASK_UTILS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope

VISUAL = torch.tensor([.1, .9, .3, .9, .2, .0])
AUDIO = torch.tensor([.5, .8, .1, .2, .7, .7])
NAMES = ('visual', 'audio')
TRUE_SCORES = torch.tensor([.5, .1, .8, .2, .3, .5])


def sample(video_id='a.mp4'):
    result = ActionDataSample().set_gt_label(1)
    result.set_metainfo(dict(video_id=video_id))
    result.set_field(TRUE_SCORES, 'true_scores')
    return result


def pick(rule, data_sample=None, candidates=6):
    init_default_scope('mmaction')
    scores = dict(visual=VISUAL[:candidates], audio=AUDIO[:candidates])
    built = TASK_UTILS.build(rule)
    assert set(built.reads) <= set(scores)
    return built(scores, candidates, data_sample or sample()).tolist()


@pytest.mark.parametrize('rule, picks', [
    (dict(type='TopK', k=3), [1, 2, 3]),
    (dict(type='TopK', k=2, score='audio'), [1, 4]),
    (dict(type='TopK'), [0, 1, 2, 3, 4, 5]),  # K = 10
    (dict(type='Uniform', k=3), [1, 3, 5]),
    (dict(type='EveryNth', n=4), [0, 4]),
    (dict(type='EveryNth'), [0, 1, 2, 3, 4, 5]),
    (dict(type='AVUnionList', k_visual=1, k=3), [1, 4, 5]),
    (dict(type='ConvexTopK', k=2, alpha=1.0), [1, 4]),
    (dict(type='ConvexTopK', k=2, alpha=0.0), [1, 3]),
    # 1 and 3, then 1 and 4
    (dict(type='Fusion', k=3, scores=NAMES), [1, 3, 4]),
    (dict(type='Fusion', k=3, alpha=0, scores=NAMES), [1, 4, 5]),
    (dict(type='Fusion', k=2, how='add', alpha=0, scores=NAMES), [1, 4]),
    (dict(type='Fusion', k=2, how='intersection', scores=NAMES), [1, 4]),
    # of 0 ... 1: .11 1 .33 1 .22 0 and .57 1 0 .14 .86 .86
    (dict(type='Fusion', k=4, how='join', scores=NAMES), [1, 3, 4, 5]),
    (dict(type='Oracle', k=3), [0, 2, 5]),
    (dict(type='Oracle', k=1), [2]),
])
def test_picks(rule, picks):
    assert pick(rule) == picks


def test_random_is_by_video_and_seed():
    def of(seed, video):
        return tuple(pick(dict(type='Random', k=3, seed=seed),
                          sample(video_id=video)))

    assert of(0, 'a') == of(0, 'a')
    assert len({of(seed, video) for seed in range(5) for video in 'abc'}) > 5


@pytest.mark.parametrize('rule, message', [
    (dict(type='TopK', k=0), 'k: got 0'),
    (dict(type='EveryNth', n=0), 'n: got 0'),
    (dict(type='AVUnionList', k_visual=-1), 'k_visual: got -1'),
    (dict(type='ConvexTopK', k=1, alpha=2), 'alpha: got 2'),
    (dict(type='Fusion', k=1, alpha=2), 'alpha: got 2'),
    (dict(type='Fusion', k=1, how='mean'), "how: got 'mean'"),
    (dict(type='Fusion', k=1, scores=['fs']), 'expected the names of'),
    (dict(type='Fusion', k=0), 'k: got 0'),
])
def test_bad_options(rule, message):
    with pytest.raises(ValueError, match=message):
        pick(rule)


@pytest.mark.parametrize('rule, data_sample, message', [
    (dict(type='Oracle', k=1), ActionDataSample().set_gt_label(1),
     'data_samples: got no true_scores'),
    (dict(type='Random', k=1), ActionDataSample(), 'video_id: got none'),
])
def test_lacking_data(rule, data_sample, message):
    with pytest.raises(ValueError, match=message):
        pick(rule, data_sample)
