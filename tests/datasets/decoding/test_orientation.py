"""Frames as a player shows them."""

import av
import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding.orientation import Orientation
from s2dnet_mmaction.datasets.decoding.video_file import VideoFile
from tests.support import odd_videos, videos


def moved(image, a, b, c, d):
    """The image with pixel (x, y) at (a x + c y, b x + d y), up to a shift,
    as ISO 14496-12 defines the matrix."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    new_x, new_y = a * x + c * y, b * x + d * y
    new_x, new_y = new_x - new_x.min(), new_y - new_y.min()
    out = np.zeros((new_y.max() + 1, new_x.max() + 1, 3), np.uint8)
    out[new_y, new_x] = image
    return out


@pytest.mark.parametrize('matrix', odd_videos.ORIENTATIONS)
def test_eight_orientations(tmp_path, matrix):
    path = videos.write(tmp_path / 'plain.mp4', videos.draw_numbers(3))
    plain = videos.decode_in_order(path)
    odd_videos.set_matrix(path, *matrix)
    video = VideoFile(path.read_bytes(), str(path))
    for n, image in video.frames(range(3)):
        expected = moved(plain[n], *matrix)
        assert image.shape[:2] == video.shape
        np.testing.assert_array_equal(image, expected)


def test_mirrored_frames_stay_upright(tmp_path):
    """A front camera's frames: left and right change places."""
    path = videos.write(tmp_path / 'front.mp4', videos.draw_numbers(6))
    odd_videos.set_matrix(path, -1, 0, 0, 1)
    (_, image), = VideoFile(path.read_bytes(), 'front.mp4').frames([5])
    assert videos.read_number(image[:, ::-1]) == 5


@pytest.mark.parametrize('matrix, nearest', [
    ((2, 0, 0, 0.5), (1, 0, 0, 1)),
    ((0.9, 0.4, -0.4, 0.9), (1, 0, 0, 1)),
    ((-0.1, 0.99, -0.99, -0.1), (0, 1, -1, 0)),
    ((0, 0, 0, 0), (1, 0, 0, 1)),
])
def test_scales_and_other_angles(tmp_path, matrix, nearest):
    path = videos.write(tmp_path / 'plain.mp4', videos.draw_numbers(1))
    plain, = videos.decode_in_order(path)
    odd_videos.set_matrix(path, *matrix)
    (_, image), = VideoFile(path.read_bytes(), 'tilted.mp4').frames([0])
    np.testing.assert_array_equal(image, moved(plain, *nearest))


def test_no_matrix():
    frame = av.VideoFrame(6, 4, 'rgb24')
    image = np.arange(72, dtype=np.uint8).reshape(4, 6, 3)
    assert Orientation(frame).upright(image) is image
    assert Orientation(frame).shape(4, 6) == (4, 6)
