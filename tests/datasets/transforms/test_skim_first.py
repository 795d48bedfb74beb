"""The first of two passes over the candidates of a video."""

import pytest
import torch

from s2dnet_mmaction.datasets import SkimFirst
from tests.support import sampled


def test_the_first_chunk_is_packed(tmp_path):
    video = sampled.video(tmp_path / 'a.mp4', label=2,
                          true_scores=torch.rand(10))
    packed = sampled.pipeline(chunk=3)(video)
    assert packed['inputs']['visual'].shape == (3, 2, 3, 24, 48)
    assert packed['inputs']['visual'].dtype == torch.uint8
    sample = packed['data_samples']
    assert sample.gt_label.tolist() == [2]
    assert sample.video_id == 'a.mp4'
    assert sample.true_scores.shape == (10, )
    assert sample.candidate_source.num_candidates == 10


def test_stride(tmp_path):
    packed = sampled.pipeline(stride=3)(sampled.video(tmp_path / 'a.mp4'))
    source = packed['data_samples'].candidate_source
    assert source.skimmed.tolist() == [0, 3, 6, 9]
    assert packed['inputs']['visual'].shape[0] == 4
    assert source.num_candidates == 10


def test_without_views(tmp_path):
    packed = sampled.pipeline(views={})(sampled.video(tmp_path / 'a.mp4'))
    assert packed['inputs'] == {}


@pytest.mark.parametrize('options, error, message', [
    (dict(chunk=0), ValueError, 'chunk: got 0'),
    (dict(stride=1.5), TypeError, 'stride: got 1.5'),
])
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        SkimFirst(views={}, pipeline=[], **options)


def test_opened_videos_need_an_opener(tmp_path):
    with pytest.raises(ValueError, match='opener: got None for a video that'):
        sampled.pipeline(opener=None)(sampled.video(tmp_path / 'a.mp4'))
