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


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(IsADirectoryError, match='folder.mp4'):
        (tmp_path / 'folder.mp4').mkdir()
        ClipInit()(dict(filename=str(tmp_path / 'folder.mp4')))
    url = 'http://127.0.0.1:9/video.mp4'
    with pytest.raises(OSError, match=f'^{url}: got .*refused.*, expected a'):
        ClipInit(io_backend='http')(dict(filename=url))
