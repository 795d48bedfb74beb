"""RGB images of decoded frames."""

import struct

import av
import decord
import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding.rgb_converter import RgbConverter
from s2dnet_mmaction.datasets.decoding.video_file import VideoFile
from tests.support import videos


def rotated(path, degrees):
    """The file with another display matrix."""
    content = bytearray(path.read_bytes())
    # In the track's header; ISO 14496-12, 8.3.2: the matrix {a b u c d v x y
    # w} comes 40 bytes after the version, which is 0.
    start = content.index(b'tkhd') + 44
    one = 1 << 16
    a, b = {90: (0, one), 180: (-one, 0), 270: (0, -one)}[degrees]
    content[start:start + 36] = struct.pack('>9i', a, b, 0, -b, a, 0, 0, 0,
                                            1 << 30)
    return bytes(content)


@pytest.mark.parametrize('degrees', [90, 180, 270])
def test_upright_as_by_decord(tmp_path, degrees):
    # decord fails on rotated frames whose sides are no multiples of 32.
    path = videos.write(tmp_path / 'rotated.mp4', videos.draw(18, 32, 96))
    path.write_bytes(rotated(path, degrees))
    reader = decord.VideoReader(str(path), num_threads=1)
    expected = reader.get_batch(range(len(reader))).asnumpy()
    video = VideoFile(path.read_bytes(), str(path))
    assert video.shape == expected.shape[1:3]
    assert (video.shape == (32, 96)) == (degrees == 180)
    for n, image in video.frames([0, 17]):
        np.testing.assert_array_equal(image, expected[n])


def test_frames_of_another_size_are_resized():
    small, large = (
        av.VideoFrame.from_ndarray(
            np.full((height, 2 * height, 3), 90, np.uint8), format='rgb24')
        for height in (8, 16))
    image = RgbConverter(small).image(large)
    assert image.shape == (8, 16, 3) and (image == 90).all()
