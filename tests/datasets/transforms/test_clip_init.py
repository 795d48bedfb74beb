"""Opening video files by name."""

from pathlib import Path

import numpy as np
import pytest
from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.apis.inferencers import ActionRecogInferencer

from s2dnet_mmaction.datasets import ClipInit
from s2dnet_mmaction.datasets.transforms import clip_init
from tests.support import glints, odd_videos, videos

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


def test_large_files_stay_on_the_disk(video, tmp_path, monkeypatch):
    kept = ClipInit()(dict(filename=video))['video_reader']
    monkeypatch.setattr(clip_init, '_KEPT_BYTES', 0)
    read = ClipInit()(dict(filename=video))['video_reader']
    assert kept._packets and not read._packets
    for (n, image), (m, other) in zip(kept.frames([3, 9]),
                                      read.frames([3, 9])):
        assert n == m
        np.testing.assert_array_equal(image, other)
    (tmp_path / 'broken.mp4').write_bytes(b'0' * 200)
    with pytest.raises(ValueError, match='broken.mp4: got a file that FFmpeg'):
        ClipInit()(dict(filename=str(tmp_path / 'broken.mp4')))
    (tmp_path / 'cut.mp4').write_bytes(Path(video).read_bytes()[:-400])
    with pytest.raises(ValueError, match='cut.mp4: got '):
        ClipInit()(dict(filename=str(tmp_path / 'cut.mp4')))


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(IsADirectoryError, match='folder.mp4'):
        (tmp_path / 'folder.mp4').mkdir()
        ClipInit()(dict(filename=str(tmp_path / 'folder.mp4')))
    url = 'http://127.0.0.1:9/video.mp4'
    with pytest.raises(OSError, match=f'^{url}: got .*refused.*, expected a'):
        ClipInit(io_backend='http')(dict(filename=url))


def test_inference_of_files_that_only_this_opener_reads_rightly(tmp_path):
    """docs/data.md: an inferencer keeps ClipInit with input_format='dict'."""
    path = odd_videos.write_hidden_frames(tmp_path / 'hidden.webm',
                                          videos.draw_numbers(40))
    cfg = glints.config('no data', tmp_path)
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    model = init_recognizer(cfg.copy(), device='cpu')
    inferencer = ActionRecogInferencer(
        cfg.copy(), device='cpu', input_format='dict')
    inferencer.model = model
    expected = inference_recognizer(model, str(path)).pred_score.tolist()
    video = dict(filename=str(path), label=-1, start_index=0, modality='RGB')
    got = inferencer(video)['predictions'][0]['pred_scores']
    assert got == pytest.approx(expected, abs=1e-5)
