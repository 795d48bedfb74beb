"""An AFNet in all tools, from its training on."""

import json
import re
import sys

import av
import pandas as pd
import pytest
from mmaction.apis import inference_recognizer, init_recognizer
from mmengine.config import Config
from mmengine.dataset import Compose

from s2dnet_mmaction.apis import AFNetInferencer, S2DNetInferencer
from tests.support import afnet
from tests.support.command_line import (
    call,
    call_tool,
    logged,
    metrics_of,
    run_tool,
)
from tests.support.glints import ROOT
from tests.support.once import once_per_run

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def trained(glints_root, tmp_path_factory):
    """Folder with the config and the run of tools/train.py."""

    def train(folder):
        folder.mkdir()
        afnet.config(glints_root, folder / 'work').dump(folder / 'tiny.py')
        done = call(sys.executable, ROOT / 'tools/train.py',
                    folder / 'tiny.py', cwd=folder)
        assert done.returncode == 0, done.stderr[-3000:]

    return once_per_run(tmp_path_factory, 'trained_afnet', train)


@pytest.fixture
def files(trained):
    return str(trained / 'tiny.py'), str(trained / 'work/epoch_2.pth')


def test_training(trained):
    lines = logged(trained / 'work')
    steps = [line for line in lines if 'loss' in line]
    assert {'keep_ratio', 'keep_target', 'gate_temperature',
            'loss_keep_ratio'} <= set(steps[0])
    assert steps[-1]['keep_target'] == 0.5
    assert {'keep/ratio', 'keep/block3', 'keep/gmacs',
            'acc/top1'} <= set(lines[-1])


def test_test(trained, files, tmp_path):
    call_tool('test.py', *files, '--work-dir', tmp_path)
    found = metrics_of(tmp_path)
    last = logged(trained / 'work')[-1]
    for name in ('acc/top1', 'keep/ratio', 'keep/gmacs'):
        assert found[name] == pytest.approx(last[name])


def test_bulk_prediction(files, glints_root, tmp_path):
    run_tool('predict.py', *files, glints_root / 'val.txt', '--out',
             tmp_path / 'out', '--fields', 'masks', 'scores', '--work-dir',
             tmp_path / 'work')
    table = pd.read_parquet(tmp_path / 'out/results')
    assert len(table) == 12 and table['gmacs'].gt(0).all()
    for row in table.itertuples():
        ratios = [sum(block) / len(block) for block in row.keep_masks]
        assert row.keep_ratio == pytest.approx(sum(ratios) / 4)


def test_inferencer(files, glints_root):
    """Its scores are MMAction2's."""
    video = str(glints_root / 'videos/00003.mp4')
    infer = AFNetInferencer(*files, device='cpu', show_progress=False)
    one, = infer(video)['predictions']
    model = init_recognizer(*files, device='cpu')
    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    expected = inference_recognizer(model, video, pipeline)
    assert one['pred_scores'] == pytest.approx(expected.pred_score.tolist())
    assert one['keep_masks'] == expected.keep_masks.tolist()
    assert one['keep_ratio'] == pytest.approx(
        float(expected.keep_masks.mean()))
    assert json.dumps(one)
    with pytest.raises(ValueError, match='got AFNet, expected S2DNet'):
        S2DNetInferencer(*files, device='cpu')


def test_drawings(files, glints_root, tmp_path):
    """A time line of the kept frames; the times are those of the segments."""
    run_tool('visualizations/vis_sampling.py', *files, '--num-samples', 2,
             '--out-dir', tmp_path, '--videos',
             glints_root / 'videos/00003.mp4')
    names = sorted(path.suffix for path in tmp_path.iterdir())
    assert names == ['.html', '.mp4', '.png']
    page, = tmp_path.glob('*.html')
    line = next(line for line in page.read_text().splitlines()
                if line.startswith('const data = '))
    data = json.loads(line[len('const data = '):-1])
    assert len(data['frames']) == len(data['kept'][0]) == afnet.T
    assert len(data['kept']) == 4
    cfg = Config.fromfile(files[0])
    sample = Compose(cfg.test_dataloader.dataset.pipeline)(dict(
        filename=str(glints_root / 'videos/00003.mp4'), label=0,
        start_index=0, modality='RGB', place=(0., 0., 0.)))
    inds = sample['data_samples'].frame_inds
    with av.open(str(glints_root / 'videos/00003.mp4')) as file:
        rate = float(file.streams.video[0].average_rate)
    assert data['fps'] == pytest.approx(
        rate * (afnet.T - 1) / (inds[-1] - inds[0]))


def test_export(files, tmp_path, capsys):
    run_tool('deployment/export_model.py', *files, tmp_path / 'a.onnx',
             '--num-clips', 4)
    text = capsys.readouterr().out
    assert f'frames (N, {afnet.T}, 3, 32, 32)' in text
    assert 'keep_masks: differs by at most 0.0e+00' in text


def test_cost(files, tmp_path, capsys):
    """At all frames, at a ratio, and at that of predictions."""
    call_tool('test.py', *files, '--work-dir', tmp_path, '--dump',
              tmp_path / 'val.pkl')
    run_tool('analysis_tools/model_cost.py', files[0], '--no-latency',
             '--keep-ratio', 1, 0.5, '--predictions', tmp_path / 'val.pkl')
    text = capsys.readouterr().out
    found = dict(re.findall(r'(keep ratio [\d.]+|\S+, of the predictions): '
                            r'([\d.]*\d)', text))
    low, half, high = (float(found[f'keep ratio {name}'])
                       for name in ('0', '0.50', '1.00'))
    assert low < half < high
    assert half == pytest.approx((low + high) / 2, rel=1e-3)
    ratio, = (name for name in found if 'predictions' in name)
    # Blocks cost differently; the metric counts no norms.
    kept = metrics_of(tmp_path)
    share = (float(found[ratio]) - low) / (high - low)
    macs = afnet.build().frame_macs((32, 32))
    assert share == pytest.approx(
        (kept['keep/gmacs'] * 1e9 / afnet.T - macs.fixed)
        / float(macs.blocks.sum()), abs=.01)
    kept = metrics_of(tmp_path)['keep/ratio']
    assert float(ratio.split(',')[0]) == pytest.approx(kept, abs=.005)
    with pytest.raises(ValueError, match='keep_ratio: got 2.0'):
        run_tool('analysis_tools/model_cost.py', files[0], '--keep-ratio', 2)
