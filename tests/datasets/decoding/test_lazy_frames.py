"""Frames that are decoded on first access."""

import copy
import pickle

import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding.lazy_frames import LazyFrames


class Video:
    """Image n is full of n."""

    name = 'a.mp4'
    shape = (4, 6)

    def __init__(self):
        self.asked = []

    def frames(self, indices):
        self.asked.append(sorted(indices))
        for n in sorted(set(indices)):
            yield n, np.full((*self.shape, 3), n, np.uint8)


def numbers(frames):
    return [int(image[0, 0, 0]) for image in frames]


def test_a_list_of_images_once_one_is_looked_at():
    video = Video()
    frames = LazyFrames(video, np.array([4, 2, 4, 9]))
    assert len(frames) == 4 and frames.shape == (4, 6)
    assert video.asked == []
    assert numbers(frames) == [4, 2, 4, 9]
    assert numbers(frames[1:3]) == [2, 4]
    assert frames[-1].shape == (4, 6, 3)
    assert np.array(frames).shape == (4, 4, 6, 3)
    assert video.asked == [[2, 4, 9]]  # once


@pytest.mark.parametrize('make', [
    copy.copy, copy.deepcopy, lambda frames: pickle.loads(pickle.dumps(frames))
])
def test_copies_are_lists_of_images(make):
    """An open video cannot be pickled; nor can a generator."""
    video = Video()
    video.container = (n for n in ())
    frames = LazyFrames(video, np.array([4, 2, 4]))
    copied = make(frames)
    assert type(copied) is list and numbers(copied) == [4, 2, 4]
    copied[1] = copied[1][:2, :3]  # of another size
    assert frames[1].shape == (4, 6, 3)
    assert video.asked == [[2, 4]]  # decoded once


def test_a_deep_copy_shares_no_memory():
    frames = LazyFrames(Video(), np.array([4, 2]))
    copy.deepcopy(dict(imgs=frames))['imgs'][0][:] = 0
    assert numbers(frames) == [4, 2]


def test_each_frame_once_with_all_its_positions():
    frames = LazyFrames(Video(), np.array([4, 2, 4, 9]))
    got = [(positions, image[0, 0, 0], image.shape)
           for positions, image in frames.decode()]
    assert got == [([1], 2, (4, 6, 3)), ([0, 2], 4, (4, 6, 3)),
                   ([3], 9, (4, 6, 3))]


def test_images_that_are_there_are_not_decoded_again():
    video = Video()
    frames = LazyFrames(video, np.array([4, 2]))
    frames[0]
    got = [(positions, image[0, 0, 0]) for positions, image in frames.decode()]
    assert got == [([0], 4), ([1], 2)]
    assert len(video.asked) == 1
