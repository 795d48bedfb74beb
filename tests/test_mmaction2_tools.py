"""Each line of docs/mmaction2_tools.md."""

import json
import pickle
import re
import runpy
import sys
import types
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from mmaction.apis import (
    MMAction2Inferencer,
    inference_recognizer,
    init_recognizer,
)
from mmaction.registry import TRANSFORMS
from mmaction.visualization import ActionVisualizer
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.logging import HistoryBuffer

from s2dnet_mmaction.__main__ import tools_folder
from tests.support import glints, tiny
from tests.support.command_line import run_mmaction2
from tests.support.glints import ROOT

PAGE = (ROOT / 'docs/mmaction2_tools.md').read_text()


def snippet(first_line):
    """A block of the page that begins with this comment."""
    block, = (text for text in re.findall(r'^```py\n(.*?)^```', PAGE,
                                          re.DOTALL | re.MULTILINE)
              if text.startswith(first_line))
    return block


@pytest.fixture(scope='module')
def folder(glints_root, tmp_path_factory):
    """Config and weights of a tiny network, and its predictions."""
    folder = tmp_path_factory.mktemp('tools')
    cfg = glints.config(glints_root, folder / 'work', max_epochs=2,
                        switch_epoch=1)
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.experiment_name = folder.name
    cfg.dump(folder / 'net.py')
    model = tiny.build()
    tiny.open_up(model)
    torch.save(dict(state_dict=model.state_dict(), meta={}),
               folder / 'net.pth')
    run_mmaction2('test', folder / 'net.py', folder / 'net.pth', '--dump',
                  folder / 'predictions.pkl')
    return folder


@pytest.fixture
def net(folder):
    """Config and weights, as a command has them."""
    return folder / 'net.py', folder / 'net.pth'


@pytest.fixture
def video(glints_root):
    return str(glints_root / 'videos/00025.mp4')


@pytest.fixture
def moviepy(monkeypatch):
    """Stands in for the package; what is written, by file name."""
    written = {}

    class ImageSequenceClip:

        def __init__(self, frames, fps):
            self.frames = np.array(frames)

        def write_videofile(self, path, **options):
            written[str(path).rsplit('/')[-1]] = self.frames

    editor = types.ModuleType('moviepy.editor')
    editor.ImageSequenceClip = ImageSequenceClip
    monkeypatch.setitem(sys.modules, 'moviepy', types.ModuleType('moviepy'))
    monkeypatch.setitem(sys.modules, 'moviepy.editor', editor)
    return written


def test_every_tool_has_its_line():
    names = {path.stem for path in tools_folder().rglob('*.py')
             if path.relative_to(tools_folder()).parts[0] != 'data'}
    assert names and not {n for n in names if f'`{n}`' not in PAGE}


class TestBrowseDataset:

    def browse(self, config, tmp_path, *options):
        run_mmaction2('browse_dataset', config, tmp_path, '-n', 1, *options)

    @pytest.mark.parametrize('mode, panels', [
        ('original', [(128, 128)]), ('transformed', [(32, 32)]),
        ('concat', [(128, 128), (32, 32)]),
        ('pipeline', [(128, 128), (32, 32), (32, 32)])])
    def test_modes(self, net, tmp_path, moviepy, mode, panels):
        self.browse(net[0], tmp_path, '-m', mode)
        frames, = moviepy.values()
        height, width = frames.shape[1:3]
        if len(panels) == 1:
            assert [(height, width)] == panels
        else:  # panels with gaps, a title below
            assert width >= sum(w for _, w in panels)
            assert height > max(h for h, _ in panels)
        assert frames.std(axis=(1, 2, 3)).min() > 0

    @pytest.mark.parametrize('phase', ['train', 'test'])
    @pytest.mark.parametrize('mode', ['concat', 'pipeline'])
    def test_lazy_crops(self, glints_root, tmp_path, moviepy, phase, mode):
        """Crops of Kinetics; three views in testing."""
        cfg = Config.fromfile(
            ROOT / 'configs/_base_/datasets/kinetics400.py')
        dataset = cfg[f'{phase}_dataloader'].dataset
        dataset.update(ann_file=str(glints_root / 'val.txt'),
                       data_prefix=dict(video=str(glints_root)))
        dataset.pipeline[1].max_frames = 3
        cfg.custom_imports = dict(imports=['s2dnet_mmaction'])
        cfg.dump(tmp_path / 'data.py')
        self.browse(tmp_path / 'data.py', tmp_path, '-m', mode, '-p', phase)
        frames, = moviepy.values()
        assert len(frames) == 3 and frames.std(axis=(1, 2, 3)).min() > 0


def test_confusion_matrix(net, folder, tmp_path):
    matrices = []
    for source in (net[1], folder / 'predictions.pkl'):
        run_mmaction2('confusion_matrix', net[0], source, '--out',
                      tmp_path / 'cm.pkl', '--cfg-options',
                      f'experiment_name={source.stem}')
        matrices.append(pickle.loads((tmp_path / 'cm.pkl').read_bytes()))
    assert torch.equal(*matrices)
    assert matrices[0].shape == (6, 6) and matrices[0].sum() == 12


def test_metrics_of_predictions(net, folder, capsys):
    predictions = folder / 'predictions.pkl'
    run_mmaction2('eval_metric', net[0], predictions)
    metrics = capsys.readouterr().out
    top1 = re.search(r"'acc/top1': (?:np.float64\()?([\d.]+)", metrics)[1]
    assert 'acc/topk_recall' in metrics
    run_mmaction2('report_accuracy', '--preds', predictions, predictions)
    assert f'Top 1 Accuracy: {float(top1):.04f}' in capsys.readouterr().out


class TestVisScheduler:

    def test_curve(self, net, tmp_path):
        run_mmaction2('vis_scheduler', net[0], '--not-show', '-d', 24, '-s',
                      tmp_path / 'lr.png', '--cfg-options', 'custom_hooks=[]')
        line, = plt.gcf().axes[0].lines
        plt.close()
        rates = line.get_ydata()
        assert len(rates) == 6 and rates[0] == 0.02  # 2 epochs of 3 batches
        assert all(np.diff(rates) < 0)
        assert (tmp_path / 'lr.png').stat().st_size > 0

    def test_without_the_number_of_videos(self, net):
        run_mmaction2('vis_scheduler', net[0], '--not-show', '--cfg-options',
                      'custom_hooks=[]')
        line, = plt.gcf().axes[0].lines
        plt.close()
        assert len(line.get_ydata()) == 2  # one iteration an epoch

    def test_with_hooks(self, net):
        with pytest.raises(ValueError, match=r"--cfg-options 'custom_hooks="):
            run_mmaction2('vis_scheduler', net[0], '--not-show')


def test_get_flops(net, capsys):
    run_mmaction2('get_flops', net[0], '--shape', 1, 3, 9, 32, 32)
    assert 'Input shape: (1, 3, 9, 32, 32)' in capsys.readouterr().out
    with pytest.raises(ValueError, match='--shape 1 3 T H W'):
        run_mmaction2('get_flops', net[0])


def test_print_config(net, capsys):
    run_mmaction2('print_config', net[0])
    assert "type='S2DNet'" in capsys.readouterr().out


def test_check_videos(net, glints_root, tmp_path, capfd):
    (tmp_path / 'val.txt').write_text(
        f'{glints_root}/videos/00025.mp4 0\n{glints_root}/classes.txt 1\n')
    try:
        run_mmaction2(
            'check_videos', net[0], '--split', 'val', '--nproc', 1,
            '--output-file', tmp_path / 'bad.txt', '--cfg-options',
            f'val_dataloader.dataset.ann_file={tmp_path}/val.txt',
            'val_dataloader.dataset.type=VideoDataset')
    finally:
        TRANSFORMS.module_dict.pop('RandomSampleFrames', None)
    assert 'Checked 2 videos, 1 are corrupted' in capfd.readouterr().out
    assert (tmp_path / 'bad.txt').read_text() == f'{glints_root}/classes.txt\n'


def test_publish_model(net, tmp_path):
    """A checkpoint of a run holds mmengine's HistoryBuffer."""
    checkpoint = torch.load(net[1])
    checkpoint['message_hub'] = dict(loss=HistoryBuffer([1.0], [1]))
    torch.save(checkpoint, tmp_path / 'run.pth')
    run_mmaction2('publish_model', tmp_path / 'run.pth', tmp_path / 'a.pth')
    published, = tmp_path.glob('a_*.pth')
    published = torch.load(published)
    assert set(published) == {'state_dict', 'meta'}
    assert published['state_dict'].keys() == checkpoint['state_dict'].keys()


class TestAnalyzeLogs:

    @pytest.fixture
    def log(self, tmp_path, monkeypatch):
        """Two epochs as mmengine logs them; stands in for seaborn."""
        seaborn = types.ModuleType('seaborn')
        seaborn.set_style = lambda style: None
        monkeypatch.setitem(sys.modules, 'seaborn', seaborn)
        path = tmp_path / 'log.json'
        path.write_text(''.join(
            json.dumps(dict(loss=1.0, time=0.25 * epoch, epoch=epoch, iter=i))
            + '\n' for epoch in (1, 2) for i in (1, 2)))
        return path

    def test_train_time(self, log, capsys):
        run_mmaction2('analyze_logs', 'cal_train_time', log)
        assert 'average iter time: 0.3750 s/iter' in capsys.readouterr().out

    def test_curves_need_older_logs(self, log):
        with pytest.raises(IndexError):
            run_mmaction2('analyze_logs', 'plot_curve', log, '--keys', 'loss')


@pytest.mark.parametrize('tool, arguments, error, match', [
    ('benchmark', 1, ImportError, "name 'Config' from 'mmcv'"),
    ('bench_processing', 1, ImportError, "name 'Config' from 'mmcv'"),
    ('clip_feature_extraction', 3, AttributeError, "attribute 'backbone'"),
    ('reparameterize_model', 3, AttributeError, "attribute 'backbone'"),
])
def test_tools_that_fail(net, tmp_path, tool, arguments, error, match):
    given = (*net, tmp_path / 'out.pth')[:arguments]
    with pytest.raises(error, match=match):
        run_mmaction2(tool, *given)


def test_vis_cam_takes_other_recognizers(net, video):
    with pytest.raises(ValueError, match='only support Recognizer2D & Reco'):
        run_mmaction2('vis_cam', *net, video, '--device', 'cpu')


class TestMMActionsOwnRuns:

    def config(self, tool, *arguments):
        with mock.patch('mmengine.runner.Runner.from_cfg') as from_cfg:
            run_mmaction2(tool, *arguments)
        return from_cfg.call_args.args[0]

    def test_auto_scale_lr(self):
        cfg = self.config('train', glints.QUICKSTART, '--auto-scale-lr')
        assert cfg.auto_scale_lr == dict(enable=True, base_batch_size=16)

    def test_show_dir_has_no_hook(self, net):
        with pytest.raises(AssertionError, match='VisualizationHook is not'):
            self.config('test', *net, '--show-dir', 'pictures')

    def test_visualization_hook_fails(self):
        """Whatever the recognizer is."""
        with pytest.raises(TypeError, match="unexpected keyword.*'show'"):
            ActionVisualizer().add_datasample(
                'a', np.zeros((1, 8, 8, 3), np.uint8), show=False)


def test_extract_features(net, folder, glints_root, tmp_path):
    """The script of the page, and a feature against the network itself."""
    videos = [glints_root / f'videos/{n:05d}.mp4' for n in (24, 25)]
    (tmp_path / '00024.mp4').symlink_to(glints_root / 'videos/00026.mp4')
    videos.append(tmp_path / '00024.mp4')  # a name that there is already
    (tmp_path / 'list.txt').write_text(
        ''.join(f'{video} 0\n' for video in videos))
    cfg = Config.fromfile(net[0])
    cfg.test_dataloader.dataset.ann_file = str(tmp_path / 'list.txt')
    cfg.dump(tmp_path / 'net.py')
    net = tmp_path / 'net.py', net[1]
    (tmp_path / 'extract_features.py').write_text(
        snippet('# extract_features.py'))
    with mock.patch.object(sys, 'argv', [
            'extract_features.py', *map(str, net), str(tmp_path / 'features')
    ]):
        runpy.run_path(str(tmp_path / 'extract_features.py'))
    files = sorted((tmp_path / 'features').iterdir())
    assert [file.name for file in files] == [
        '000000_00024.npy', '000001_00025.npy', '000002_00024.npy']
    model = init_recognizer(*map(str, net), device='cpu')
    data = Compose(model.cfg.test_pipeline)(
        dict(filename=str(glints_root / 'videos/00025.mp4'), label=0,
             start_index=0, modality='RGB'))
    inputs = data['inputs'][None]
    with torch.no_grad():
        features = model(inputs, stage='neck').mean((2, 3, 4))
    np.testing.assert_allclose(np.load(files[1]), features[0], atol=1e-4)


class TestDemos:
    """The calls of the scripts in MMAction2's demo folder."""

    def test_demo(self, net, video, tmp_path):
        model = init_recognizer(*map(str, net), device='cpu')
        answer = inference_recognizer(model, video)
        assert (answer.pred_score > 0).sum() == 3
        visualizer = ActionVisualizer()
        visualizer.dataset_meta = dict(classes=list('abcdef'))
        visualizer.add_datasample(
            'demo', video, answer, draw_pred=True, draw_gt=False,
            text_cfg=dict(colors='white'), out_path=str(tmp_path / 'demo'),
            target_resolution=(32, 32))
        assert len(list(tmp_path.rglob('*.png'))) > 8

    @pytest.mark.parametrize('kind', ['video', 'array'])
    def test_demo_inferencer(self, net, video, tmp_path, moviepy, kind):
        config, weights = map(str, net)
        inferencer = MMAction2Inferencer(
            rec=config, rec_weights=weights, device='cpu', input_format=kind)
        given = video
        if kind == 'array':
            given = np.random.RandomState(0).randint(
                0, 256, (12, 32, 32, 3), np.uint8)
        result = inferencer(given, vid_out_dir=str(tmp_path),
                            pred_out_file=str(tmp_path / 'answer.json'))
        scores, = result['predictions'][0]['rec_scores']
        assert sum(score > 0 for score in scores) == 3
        assert (tmp_path / 'answer.json').is_file() and len(moviepy) == 1

    def test_long_video_demo(self, net, tmp_path):
        """What it does with the config of the page, window by window."""
        model = init_recognizer(*map(str, net), device='cpu')
        assert not [step for step in model.cfg.test_pipeline
                    if 'SampleFrames' in step['type']]  # it looks for one
        (tmp_path / 'base.py').write_text('')
        (tmp_path / 'long.py').write_text(
            re.sub("_base_ = '.*'", "_base_ = 'base.py'",
                   snippet('# my_long_videos.py')))
        steps = Config.fromfile(tmp_path / 'long.py').test_pipeline
        sampler = steps.pop(0)
        length = sampler['clip_len'] * sampler['num_clips']
        steps.insert(1, dict(type='ArrayDecode'))
        window = np.random.RandomState(0).randint(
            0, 256, (length, 256, 300, 3), np.uint8)
        pipeline = Compose(steps)
        data = dict(img_shape=window.shape[1:3], modality='RGB', label=-1,
                    num_clips=1, clip_len=length, array=list(window),
                    frame_inds=np.arange(length))
        packed = pipeline(dict(data))['inputs']
        middle = window[:, 16:240, 38:262]  # centre crop of 224
        assert torch.equal(packed[0],
                           torch.from_numpy(middle).permute(3, 0, 1, 2))
        answer = inference_recognizer(model, data, test_pipeline=pipeline)
        assert (answer.pred_score > 0).sum() == 3

    def test_torchserve_gives_arrays(self, net):
        """As its handler does, to a function that no longer takes them."""
        model = init_recognizer(*map(str, net), device='cpu')
        with pytest.raises(RuntimeError, match='is not supported'):
            inference_recognizer(model, np.zeros((4, 8, 8, 3), np.uint8))
