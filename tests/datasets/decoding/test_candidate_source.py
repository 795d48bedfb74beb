"""Chunks of what samplers see, and the clips that they picked."""

import pickle

import pytest
import torch

from s2dnet_mmaction.datasets.decoding.candidate_source import read_picks
from tests.support import sampled


@pytest.fixture
def source(tmp_path):
    packed = sampled.pipeline(chunk=4)(sampled.video(tmp_path / 'a.mp4', 38))
    return packed['data_samples'].candidate_source


def test_chunks_are_all_candidates_in_order(source):
    assert source.num_candidates == 9
    chunks = list(source.chunks(source.open()))
    assert [positions.tolist() for positions, _ in chunks] == [
        [0, 1, 2, 3], [4, 5, 6, 7], [8]]
    whole = torch.cat([views['visual'] for _, views in chunks])
    source.chunk = 100
    [(_, views)] = source.chunks(source.open())
    assert views['visual'].equal(whole)
    assert whole.shape == (9, 2, 3, 24, 48)


def test_chunks_after_the_first(source):
    later = list(source.chunks(source.open(), first=2))
    assert [positions.tolist() for positions, _ in later] == [[8]]


def test_read_gives_the_picked_clips(source):
    clips = source.read(source.open(), [2, 7])
    assert sampled.numbers(clips) == [[8, 9, 10, 11], [28, 29, 30, 31]]
    assert clips.shape == (2, 3, 4, 48, 96)
    assert clips.dtype == torch.uint8


def test_times_are_seconds(source):
    times = source.times
    assert times.shape == (9, 2)
    torch.testing.assert_close(times[2], torch.tensor([8, 12]).double() / 25)


def test_no_times_without_a_rate(source):
    del source._results['avg_fps']
    assert source.times is None


def test_it_can_be_sent_to_another_process(source):
    other = pickle.loads(pickle.dumps(source))
    assert other.read(other.open(), [3]).equal(source.read(source.open(), [3]))


def test_several_videos(source):
    clips = read_picks([source] * 3, [source.open() for _ in range(3)],
                       [torch.tensor(picks) for picks in ([0], [1, 2], [8])])
    assert [sampled.numbers(clip)[-1][0] for clip in clips] == [0, 8, 32]


def test_a_pipeline_without_result(source):
    source._pipeline = lambda results: None
    with pytest.raises(ValueError, match='pipeline: got None for a video'):
        source.read(source.open(), [0])
