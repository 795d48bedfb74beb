"""The inferencer: the scores of a test, and what the network knows."""

import copy
import json
import os
import re
import shutil
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.registry import INFERENCERS
from mmengine.config import Config
from mmengine.dataset import Compose

from s2dnet_mmaction.apis import S2DNetInferencer
from s2dnet_mmaction.visualization.draw import WRITERS
from tests.support import glints, tiny

CLASSES = [f'action {i}' for i in range(tiny.NUM_CLASSES)]


@pytest.fixture(scope='module')
def files(glints_root, tmp_path_factory):
    """Config and checkpoint, whose data set has names for the classes."""
    folder = tmp_path_factory.mktemp('inferencer')
    cfg = glints.config(glints_root, folder)
    cfg.dump(str(folder / 'tiny.py'))
    tiny.write_checkpoint(folder / 'weights.pth', CLASSES)
    return str(folder / 'tiny.py'), str(folder / 'weights.pth')


@pytest.fixture(scope='module')
def infer(files):
    return S2DNetInferencer(*files, device='cpu', show_progress=False)


@pytest.fixture(scope='module')
def folder(glints_root):
    return glints_root / 'videos'


def frames_of(video):
    with av.open(str(video)) as file:
        return np.stack([frame.to_ndarray(format='rgb24')
                         for frame in file.decode(video=0)])


def test_scores_are_those_of_mmaction2(infer, files, folder):
    """Also in batches, and decoded by another process."""
    videos = [folder / f'{i:05d}.mp4' for i in (24, 25, 28)]
    model = init_recognizer(*files, device='cpu')
    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    got = infer(videos, batch_size=2, num_workers=1)['predictions']
    for video, one in zip(videos, got, strict=True):
        expected = inference_recognizer(model, str(video), pipeline)
        np.testing.assert_allclose(
            one['pred_scores'], expected.pred_score, atol=1e-6)
        assert one['pred_labels'] == expected.pred_label.tolist()
        assert one['input'] == str(video)


def test_what_the_network_knows(infer, folder):
    one, = infer(folder / '00024.mp4')['predictions']
    assert one['pred_class'] == CLASSES[one['pred_labels'][0]]
    assert one['topk_classes'] == [CLASSES[i] for i in one['topk_labels']]
    assert sum(one['synopsis_scores']) == pytest.approx(1)
    best = np.argsort(one['synopsis_scores'])[::-1][:3]
    assert one['topk_labels'] == best.tolist()
    assert np.shape(one['sampling_grid']['boxes']) == (1, 4, 4)


def test_folders_and_arrays(infer, folder):
    """In the order given; of an array its number."""
    array = frames_of(folder / '00024.mp4')
    got = infer([array, folder])['predictions']
    assert [one['input'] for one in got] == [0, *map(
        str, sorted(folder.glob('*')))]
    same, = (one for one in got if one['input'] == str(folder / '00024.mp4'))
    np.testing.assert_allclose(got[0]['pred_scores'], same['pred_scores'],
                               atol=1e-6)


def test_drawings_and_file(infer, folder, tmp_path):
    result = infer([folder / '00024.mp4', frames_of(folder / '00025.mp4')],
                   out_dir=str(tmp_path / 'new'), formats=['html', 'png'],
                   pred_out_file=str(tmp_path / 'answers.json'))
    assert result['visualization'] == [
        [str(tmp_path / 'new' / f'{name}.{kind}') for kind in ('html', 'png')]
        for name in ('00000_00024', '00001')]
    pages = [(tmp_path / 'new' / f'{name}.html').read_text()
             for name in ('00000_00024', '00001')]
    assert all('action ' in page for page in pages)
    assert '"fps": null' in pages[1] and '"fps": null' not in pages[0]
    stored = json.loads((tmp_path / 'answers.json').read_text())
    assert stored['predictions'] == result['predictions']


def raw_frames_config(config, frames, folder):
    """Write the frames into a folder, and make a config that reads it."""
    folder.mkdir()
    for i, frame in enumerate(frames):
        cv2.imwrite(str(folder / f'img_{i + 1:05}.png'), frame[..., ::-1])
    cfg = Config.fromfile(config)
    dataset = cfg.test_dataloader.dataset
    dataset.filename_tmpl = 'img_{:05}.png'
    dataset.pipeline = [
        dict(type='RawClipDecode') if step.type == 'ClipDecode' else step
        for step in dataset.pipeline if step.type != 'ClipInit']
    return cfg


def test_raw_frames(files, folder, tmp_path):
    """A folder of frames is a video."""
    array = frames_of(folder / '00024.mp4')
    cfg = raw_frames_config(files[0], array, tmp_path / 'frames')
    infer = S2DNetInferencer(cfg, files[1], device='cpu')
    given, raw = infer([array, tmp_path / 'frames'])['predictions']
    np.testing.assert_allclose(raw['pred_scores'], given['pred_scores'],
                               atol=1e-6)


def test_snippets_of_the_page(files, folder, tmp_path, monkeypatch):
    """docs/inference.md, with the config of the tests."""
    page = (glints.ROOT / 'docs/inference.md').read_text()
    snippets = re.findall(r'^```py\n(.*?)^```', page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'folder').mkdir()
    for name in ('video.mp4', 'folder/a.mp4', 'folder/b.mp4'):
        shutil.copy(folder / '00024.mp4', name)
    shutil.copy(files[1], 'epoch_12.pth')
    names = {}
    for snippet in snippets:
        exec(re.sub(r"'s2dnet_\S*'", repr(files[0]), snippet), names)
    assert names['answer']['pred_class'] in CLASSES
    answers = json.loads(Path('answers.json').read_text())
    assert len(answers['predictions']) == 2
    assert sorted(path.name for path in Path('seen').iterdir()) == [
        '00000_video.html', '00000_video.mp4']


def test_names_of_classes(files, tmp_path):
    """Those of a file come before those of the checkpoint."""
    (tmp_path / 'names.txt').write_text('a\nb\nc\nd\ne\nf\n')
    build = INFERENCERS.get('S2DNetInferencer')
    infer = build(*files, 'cpu', str(tmp_path / 'names.txt'))
    assert infer.classes == list('abcdef')
    (tmp_path / 'names.txt').write_text('a\nb\n')
    with pytest.raises(ValueError, match='classes: got 2 names, expected 6'):
        build(*files, 'cpu', str(tmp_path / 'names.txt'))


def test_names_of_models(files, monkeypatch):
    """Of this package, then of MMAction2."""
    seen = []

    def stop(self, cfg, weights, device):
        seen.append(cfg.model.type)
        raise InterruptedError

    monkeypatch.setattr(S2DNetInferencer, '_init_model', stop)
    for name in (
            's2dnet_r18-r18_1xb16-2x40-8x8-12e_glints-rgb',
            'slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb'):
        with pytest.raises(InterruptedError):
            S2DNetInferencer(name, files[1])
    assert seen == ['S2DNet', 'Recognizer3D']
    with pytest.raises(ValueError, match='Cannot find model: nothing'):
        S2DNetInferencer('nothing', files[1])


@pytest.mark.parametrize('inputs, options, error, message', [
    ('no.mp4', {}, FileNotFoundError, 'videos: got no.mp4'),
    ([], {}, ValueError, 'inputs: got no video'),
    (np.zeros((3, 8, 8)), {}, ValueError, r'an array \(3, 8, 8\) of float64'),
    (np.zeros((0, 8, 8, 3), np.uint8), {}, ValueError, 'an array'),
    ('a', dict(formats='html'), TypeError, r"formats: got 'html'"),
    ('a', dict(formats=['gif']), ValueError, 'formats: got gif')])
def test_bad_inputs(infer, inputs, options, error, message):
    with pytest.raises(error, match=message):
        infer(inputs, **options)


def test_other_models_and_no_weights(files):
    cfg = Config.fromfile(files[0])
    with pytest.raises(ValueError, match='weights: got None'):
        S2DNetInferencer(copy.deepcopy(cfg), device='cpu')
    cfg.model = dict(type='Recognizer2D', backbone=tiny.RESNET)
    with pytest.raises(ValueError, match='model.type: got Recognizer2D'):
        S2DNetInferencer(cfg, files[1], device='cpu')


def in_two_passes(steps):
    """SynopsisFirst from the decoder on."""
    first, = (i for i, step in enumerate(steps) if 'Decode' in step['type'])
    opener = [step for step in steps if step['type'] == 'ClipInit']
    return [*steps[:first], dict(
        type='SynopsisFirst', num_frames=3, pipeline=steps[first:],
        opener=opener[0] if opener else None)]


@pytest.mark.parametrize('change', [
    in_two_passes,
    lambda steps: [dict(type='DecodedInit') if step['type'] == 'ClipInit'
                   else dict(type='ArrayDecode') if step['type'] ==
                   'ClipDecode' else step for step in steps]],
    ids=['two passes', 'decoded frames'])
def test_arrays_in_other_pipelines(files, folder, tmp_path, infer, change):
    """The answer is that of the plain pipeline; files work, too."""
    array = frames_of(folder / '00024.mp4')
    (tmp_path / 'videos').mkdir()
    (tmp_path / 'decoded').mkdir()
    shutil.copy(folder / '00024.mp4', tmp_path / 'videos')
    np.save(tmp_path / 'decoded/00024.npy', array)
    cfg = Config.fromfile(files[0])
    dataset = cfg.test_dataloader.dataset
    dataset.pipeline = change(dataset.pipeline)
    other = S2DNetInferencer(cfg, files[1], device='cpu')
    expected, = infer(array)['predictions']
    for one in other([array, tmp_path / 'videos/00024.mp4'])['predictions']:
        np.testing.assert_allclose(one['pred_scores'],
                                   expected['pred_scores'], atol=1e-6)


def test_raw_frames_in_two_passes(files, folder, tmp_path, infer):
    array = frames_of(folder / '00024.mp4')
    cfg = raw_frames_config(files[0], array, tmp_path / 'frames')
    dataset = cfg.test_dataloader.dataset
    dataset.pipeline = in_two_passes(dataset.pipeline)
    raw = S2DNetInferencer(cfg, files[1], device='cpu')
    one, = raw(tmp_path / 'frames')['predictions']
    expected, = infer(array)['predictions']
    np.testing.assert_allclose(one['pred_scores'], expected['pred_scores'],
                               atol=1e-6)


def test_odd_names_and_drawings_that_fail(infer, folder, tmp_path,
                                          monkeypatch):
    """The file of predictions is there, whatever becomes of the drawings."""
    name = 'é' * 120 + os.fsdecode(b'\xff') + '.mp4'
    shutil.copy(folder / '00024.mp4', tmp_path / name)
    result = infer(tmp_path / name, out_dir=str(tmp_path / 'seen'))
    (drawing, ), = result['visualization']
    assert Path(drawing).is_file()

    def fail(*_):
        raise ValueError('no page')

    monkeypatch.setitem(WRITERS, 'html', fail)
    with pytest.raises(ValueError, match='no page'):
        infer(folder / '00024.mp4', out_dir=str(tmp_path / 'seen'),
              pred_out_file=str(tmp_path / 'answers.json'))
    stored = json.loads((tmp_path / 'answers.json').read_text())
    assert len(stored['predictions']) == 1


def test_exit(files, folder):
    """A config with a threshold says which videos ended early."""
    cfg = Config.fromfile(files[0])
    cfg.model.test_cfg = dict(exit_threshold=0)
    infer = S2DNetInferencer(cfg, files[1], 'cpu', show_progress=False)
    one = infer(folder / '00024.mp4')['predictions'][0]
    assert one['exited'] is True and one['sampling_grid'] == {}
    assert one['pred_scores'] == one['synopsis_scores']
