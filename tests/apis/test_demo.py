"""Answers of the web page; tests/browser has the page itself."""

import sys

import numpy as np
import pytest
import torch

from s2dnet_mmaction.apis import S2DNetInferencer
from s2dnet_mmaction.apis.demo import Demo, build_demo
from tests.support import glints, tiny


@pytest.fixture(scope='module')
def infer(glints_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp('demo')
    cfg = glints.config(glints_root, folder)
    tiny.write_checkpoint(folder / 'weights.pth')
    return S2DNetInferencer(cfg, str(folder / 'weights.pth'), 'cpu',
                            show_progress=False)


def test_answer(infer, glints_root, tmp_path):
    video = str(glints_root / 'videos/00024.mp4')
    answer = Demo(infer, str(tmp_path))(video)
    expected, = infer(video)['predictions']
    best = np.argsort(expected['pred_scores'])[::-1]
    name, score = answer.scores[0]
    assert name == f'class {best[0]}' and len(answer.scores) == 5
    assert score == pytest.approx(expected['pred_scores'][best[0]], abs=1e-6)
    assert answer.movie.suffix == '.mp4' and answer.movie.is_file()
    assert '<h1>00024</h1>' in answer.page.read_text()
    costs = dict(answer.costs)
    assert costs['frames that the network had'].isdigit()
    for part in ('synopsis', 'sampler', 'detail'):
        assert float(costs[f'GMACs, {part}']) > 0
    assert costs['network'].endswith(' s on cpu')


def test_costs_of_more_frames(infer, tmp_path):
    """They are counted once for each size; the sampler's grow."""
    demo = Demo(infer, str(tmp_path))
    views = torch.zeros(1, 3, 12, 32, 32, dtype=torch.uint8)
    three = torch.zeros(3, 3, 24, 32, 32, dtype=torch.uint8)
    first, again, more = (dict(demo._counted(frames))
                          for frames in (views, views, three))
    assert first == again and len(demo._macs) == 2
    assert float(more['GMACs, detail']) == pytest.approx(
        3 * float(first['GMACs, detail']), rel=0.01)


def test_files_that_are_no_videos(infer, tmp_path):
    (tmp_path / 'a.mp4').write_text('no video')
    with pytest.raises(ValueError, match='a.mp4: got a file that FFmpeg'):
        Demo(infer, str(tmp_path))(str(tmp_path / 'a.mp4'))


def test_raw_frames_are_refused(infer, tmp_path, monkeypatch):
    monkeypatch.setattr(infer, 'raw_frames', True)
    with pytest.raises(ValueError, match='test pipeline: got one of raw'):
        Demo(infer, str(tmp_path))


def test_without_gradio(infer, monkeypatch):
    monkeypatch.setitem(sys.modules, 'gradio', None)
    with pytest.raises(ImportError, match=r's2dnet_mmaction\[demo\]'):
        build_demo(infer)
