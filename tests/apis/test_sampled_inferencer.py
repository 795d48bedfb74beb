"""The inferencer of a sampler: scores, picks, drawings."""

import json
from pathlib import Path

import av
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.apis import SampledInferencer
from tests.support import haystack

RANK = haystack.SAMPLER.format('rank')


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Config, checkpoint and a video."""
    folder = tmp_path_factory.mktemp('inferencer')
    cfg = haystack.config(RANK, folder / 'data', folder)
    init_default_scope('mmaction')
    torch.manual_seed(0)
    model = MODELS.build(dict(cfg.model, recognizer={
        name: value for name, value in cfg.model.recognizer.items()
        if name != 'init_cfg'}))
    torch.save(dict(state_dict=model.state_dict(), meta={}),
               folder / 'sampler.pth')
    cfg.dump(str(folder / 'sampler.py'))
    return (str(folder / 'sampler.py'), str(folder / 'sampler.pth'),
            str(folder / 'data/videos/00000.mp4'))


@pytest.fixture(scope='module')
def infer(files):
    return SampledInferencer(*files[:2], device='cpu', show_progress=False)


def test_fields(infer, files, tmp_path):
    result = infer(files[2], pred_out_file=str(tmp_path / 'out.json'))
    prediction, = result['predictions']
    seconds = len(prediction['saliency_visual'])
    assert len(prediction['picks']) == 12 < seconds
    best = torch.tensor(prediction['saliency_visual']).topk(12).indices
    assert prediction['picks'] == best.sort().values.tolist()
    assert prediction['pick_times'] == [
        [pick, pick + 1] for pick in prediction['picks']]
    assert sum(prediction['pred_scores']) == pytest.approx(1)
    assert json.loads((tmp_path / 'out.json').read_text())


def test_an_array_is_a_video(infer, files):
    with av.open(files[2]) as video:
        frames = [frame.to_ndarray(format='rgb24')
                  for frame in video.decode(video.streams.video[0])]
    of_file, of_array = infer([files[2], torch.tensor(frames).numpy()])[
        'predictions']
    assert of_array['picks'] == of_file['picks']
    assert of_array['pick_times'] is None  # it has no rate
    assert of_array['pred_scores'] == pytest.approx(of_file['pred_scores'],
                                                    abs=1e-5)


def test_drawings(infer, files, tmp_path):
    result = infer(files[2], out_dir=str(tmp_path),
                   formats=['png', 'mp4', 'html'])
    (png, mp4, html), = result['visualization']
    page = Path(html).read_text()
    assert 'picked clips' in page and 'saliency of a clip' in page
    assert 'seen whole' not in page
    number = len(result['predictions'][0]['saliency_visual'])
    assert f'{number} clips' in page and f'{number} frames' not in page
    assert '`clip ${now} of' in page
    # A clip a second; its middle is in the middle of the second.
    assert '"fps": 1.0' in page and '"start": 0.5' in page
    with av.open(mp4) as movie:
        seconds = len(result['predictions'][0]['saliency_visual'])
        assert movie.streams.video[0].frames == seconds
        assert movie.streams.video[0].average_rate == 2
    assert Path(png).read_bytes()[:4] == b'\x89PNG'
