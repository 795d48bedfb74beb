"""A video that is opened again."""

import pickle
import threading

import pytest

from s2dnet_mmaction.datasets.decoding.video_source import (
    VideoSource,
    for_each,
)


def opener(results):
    return dict(results, video_reader='opened')


def test_open():
    first = dict(filename='a.mp4', video_reader=threading.Lock())
    source = pickle.loads(pickle.dumps(VideoSource(first, opener, 'Test')))
    results = source.open()
    assert results == dict(filename='a.mp4', video_reader='opened')
    results['more'] = 1  # each pass has its own
    assert 'more' not in source.open()


def test_frames_need_no_opener():
    source = VideoSource(dict(frame_dir='a'), None, 'Test')
    assert source.open() == dict(frame_dir='a')


def test_an_opened_video_does():
    with pytest.raises(ValueError, match='Give its config to Test as opener'):
        VideoSource(dict(video_reader=1), None, 'Test')


def test_for_each_keeps_the_order_and_the_errors():
    assert for_each(lambda a, b: a - b, [5, 7, 9], [1, 2, 3]) == [4, 5, 6]
    with pytest.raises(ZeroDivisionError):
        for_each(lambda a: 1 / a, [1, 0])
