"""Frames of clips that are read after a first pass."""

import numpy as np
import pytest
import torch

from s2dnet_mmaction.datasets.decoding.frame_source import (
    FrameSource,
    choose_frames,
    read_all,
)


def decode(results):
    """One view of one pixel, which holds the frame's number."""
    numbers = torch.from_numpy(results['frame_inds'])
    assert results['clip_len'] == len(numbers)
    return dict(inputs=numbers.view(1, 1, -1, 1, 1))


def source(first=10, **options):
    results = dict(
        frame_inds=np.arange(first, first + 12, 2),
        video_reader=open if 'opener' in options else None)
    return FrameSource(results, [0, 5],
                       **{**dict(pipeline=decode, opener=None), **options})


def test_reads_positions_of_the_clip():
    clip = source()
    assert clip.num_frames == 6
    assert clip.positions == [0, 5]
    assert clip.read([1, 4]).flatten().tolist() == [12, 18]


def test_opens_the_video_again():
    opened = []

    def opener(results):
        assert 'video_reader' not in results
        opened.append(results)
        return dict(results, video_reader='open again')

    def pipeline(results):
        assert results['video_reader'] == 'open again'
        return decode(results)

    clip = source(opener=opener, pipeline=pipeline)
    assert clip.read([2]).item() == clip.read([2]).item() == 14
    assert len(opened) == 2


def test_results_of_the_sampler_stay_as_they_are():
    results = dict(frame_inds=np.arange(6), clip_len=6)
    chosen = choose_frames(results, range(1, 3))
    assert chosen['frame_inds'].tolist() == [1, 2]
    assert results['clip_len'] == len(results['frame_inds']) == 6


def test_several_videos_and_none_of_one():
    one, none, other = read_all([source(0), source(), source(20)],
                                [[0], [], [1, 2]])
    assert one.item() == 0 and none is None
    assert other.flatten().tolist() == [22, 24]


def test_videos_that_the_pipeline_gives_up():
    with pytest.raises(ValueError, match='pipeline: got None'):
        source(pipeline=lambda results: None).read([0])
