"""Opening video files by name."""

import pytest

from s2dnet_mmaction.datasets import ClipInit
from tests.support import videos

NUM_FRAMES = 14


@pytest.fixture
def video(tmp_path):
    return str(
        videos.write(tmp_path / 'video.mp4', videos.draw(NUM_FRAMES, 32, 48)))


def test_opens(video, tmp_path):
    results = ClipInit()(dict(filename=video))
    assert results['total_frames'] == NUM_FRAMES
    assert results['avg_fps'] == 25
    # Something-Something's lists leave the suffix out.
    ClipInit()(dict(filename=video[:-len('.mp4')]))
    with pytest.raises(FileNotFoundError, match='absent.mp4'):
        ClipInit()(dict(filename=str(tmp_path / 'absent.mp4')))
    (tmp_path / 'broken.mp4').write_bytes(b'0' * 200)
    with pytest.raises(ValueError, match='broken.mp4: got a file that FFmpeg'):
        ClipInit()(dict(filename=str(tmp_path / 'broken.mp4')))
