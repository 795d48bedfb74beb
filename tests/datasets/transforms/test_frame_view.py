"""The small frames that a sampler sees."""

import numpy as np
import pytest
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import ClipInit, FrameView
from tests.support import sampled

WHOLE = [*sampled.DECODE, dict(type='FormatShape', input_format='NCHW')]
CANDIDATES = np.array([[0, 1, 2, 3], [20, 21, 22, 23], [8, 9, 10, 11]])


def read(tmp_path, num_frames, pipeline=WHOLE):
    init_default_scope('mmaction')
    opened = ClipInit()(sampled.video(tmp_path / 'a.mp4'))
    return FrameView(num_frames, pipeline).read(opened, CANDIDATES)


@pytest.mark.parametrize('num_frames, places', [
    (1, [2]), (2, [1, 3]), (4, [0, 1, 2, 3])])
def test_middle_frames_of_equal_parts(tmp_path, num_frames, places):
    frames = read(tmp_path, num_frames)
    assert frames.shape == (3, num_frames, 3, 48, 96)
    assert sampled.numbers(frames.transpose(1, 2)) == (
        CANDIDATES[:, places].tolist())


@pytest.mark.parametrize('num_frames, pipeline, message', [
    (5, WHOLE, 'num_frames: got 5, expected at most 4'),
    (2, sampled.CLIPS, 'pipeline of a view: got'),
    (0, WHOLE, 'num_frames: got 0'),
])
def test_errors(tmp_path, num_frames, pipeline, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, num_frames, pipeline)
