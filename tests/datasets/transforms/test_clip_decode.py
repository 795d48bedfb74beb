"""Lazy frames in the place of decoded ones."""

import numpy as np
import pytest

from s2dnet_mmaction.datasets import ClipDecode, ClipInit, FuseClip
from tests.support import videos


def test_decode_needs_its_opener():
    with pytest.raises(ValueError, match='video_reader: got NoneType'):
        ClipDecode()(dict(frame_inds=np.arange(2)))


def test_repeated_frames(tmp_path):
    """As a sampler gives that loops."""
    video = videos.write(tmp_path / 'video.mp4', videos.draw(4, 32, 48))
    results = ClipDecode()(
        dict(
            ClipInit()(dict(filename=str(video))),
            frame_inds=np.array([[3, 1], [3, 3]])))
    assert len(results['imgs']) == 4
    clip = FuseClip()(results)['imgs']
    assert clip.shape == (4, 32, 48, 3)
    np.testing.assert_array_equal(clip[[0, 0, 0]], clip[[0, 2, 3]])
    assert (clip[0] != clip[1]).any()
