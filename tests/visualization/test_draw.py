"""Pictures on disk, from a config and a checkpoint."""

import copy
import re
from functools import partial, singledispatch

import av
import pytest
import torch
from matplotlib.figure import Figure
from mmengine.model import BaseModel

from s2dnet_mmaction.visualization import draw as module
from s2dnet_mmaction.visualization import seen
from tests.support import glints, tiny


@pytest.fixture(scope='module')
def files(glints_root, tmp_path_factory):
    """Config and checkpoint."""
    folder = tmp_path_factory.mktemp('draw')
    cfg = glints.config(glints_root, folder)
    tiny.write_checkpoint(folder / 'weights.pth')
    return cfg, str(folder / 'weights.pth')


@pytest.fixture
def drawn(monkeypatch):
    """Arguments of the pictures, which take long to draw."""
    calls = []

    def stand_in(*arguments):
        calls.append(arguments)
        return Figure(figsize=(1, 1), dpi=20)

    monkeypatch.setattr(module, 'sampling_figure', stand_in)
    return calls


def test_videos_of_the_data_set(files, tmp_path, drawn):
    """Evenly spread: 0, 4 and 8 of 12."""
    paths = module.draw(*files, str(tmp_path / 'new'), num_samples=3,
                        formats=['png'])
    assert [path.name for path in paths] == [
        '00000_00024.png', '00004_00028.png', '00008_00032.png']
    assert all(path.is_file() for path in paths)
    for (one, title), path in zip(drawn, paths, strict=True):
        assert one.frames.shape[1:] == (32, 32, 3)
        assert one.truth.startswith('class') and title == path.stem


def test_views_of_a_file(files, glints_root, tmp_path, drawn):
    """The same frames as of the data set, cut in three; no truth."""
    cfg, checkpoint = files
    cfg = copy.deepcopy(cfg)
    pipeline = cfg.test_dataloader.dataset.pipeline
    crops = dict(type='ThreePatchCrop', crop_size=24)
    names = [step.type for step in pipeline]
    pipeline.insert(names.index('Resize') + 1, crops)
    video = glints_root / 'videos/00028.mp4'
    paths = module.draw(cfg, checkpoint, str(tmp_path), videos=[str(video)],
                        formats=['png'])
    assert [path.name for path in paths] == [
        f'00000_00028_view{i}.png' for i in range(len(paths))]
    assert len(paths) > 1
    assert {one.truth for one, _ in drawn} == {None}
    assert (drawn[0][0].frames != drawn[1][0].frames).any()


def test_folder_in_all_formats(files, glints_root, tmp_path):
    """In the rate of the frames that the pipeline keeps."""
    folder = tmp_path / 'videos'
    (folder / 'sub').mkdir(parents=True)
    video = (glints_root / 'videos/00028.mp4').read_bytes()
    for name in ('b.mp4', 'sub/a.MP4', 'no_video.txt'):
        (folder / name).write_bytes(video)
    cfg = copy.deepcopy(files[0])
    paths = module.draw(cfg, files[1], str(tmp_path / 'out'),
                        videos=[str(folder)])
    assert [path.name for path in paths] == [
        f'{name}.{kind}' for name in ('00000_b', '00001_a')
        for kind in ('png', 'mp4', 'html')]
    dataset = cfg.test_dataloader.dataset
    assert dataset == files[0].test_dataloader.dataset
    with av.open(str(folder / 'b.mp4')) as raw, av.open(str(paths[1])) as new:
        rates = [file.streams.video[0].average_rate for file in (raw, new)]
    step, = (step for step in dataset.pipeline if 'frame_interval' in step)
    assert rates[1] == rates[0] / step.frame_interval
    assert f'"fps": {float(rates[1])}' in paths[2].read_text()


def test_class_names_of_the_checkpoint(files, tmp_path, drawn):
    cfg, checkpoint = files
    weights = torch.load(checkpoint)
    weights['meta'] = dict(dataset_meta=dict(classes=list('abcdef')))
    torch.save(weights, tmp_path / 'named.pth')
    module.draw(cfg, str(tmp_path / 'named.pth'), str(tmp_path),
                num_samples=1, formats=['png'])
    assert drawn[0][0].truth in 'abcdef'


def test_class_names_of_the_data_set(files, tmp_path, drawn):
    cfg = copy.deepcopy(files[0])
    cfg.test_dataloader.dataset.metainfo = dict(classes=list('abcdef'))
    module.draw(cfg, files[1], str(tmp_path), num_samples=1, formats=['png'])
    assert drawn[0][0].truth in 'abcdef'


def test_time_of_a_clip_from_the_middle(files, glints_root, tmp_path, drawn):
    """Also if the frames are packed by a pipeline within a step."""
    cfg = copy.deepcopy(files[0])
    pipeline = cfg.test_dataloader.dataset.pipeline
    sampler, = (step for step in pipeline if 'max_frames' in step)
    sampler.max_frames = 10
    names = [step.type for step in pipeline]
    decoder = names.index('ClipDecode')
    pipeline[decoder:] = [dict(
        type='SynopsisFirst', num_frames=3, opener=dict(type='ClipInit'),
        pipeline=pipeline[decoder:])]
    video = glints_root / 'videos/00028.mp4'
    module.draw(cfg, files[1], str(tmp_path), videos=[str(video)],
                formats=['png'])
    (one, _), = drawn
    with av.open(str(video)) as file:
        stream = file.streams.video[0]
        total, rate = stream.frames, float(stream.average_rate)
    interval = sampler.frame_interval
    kept = -(-total // interval)
    assert len(one.frames) == 10 < kept
    assert one.start == pytest.approx((kept - 10) // 2 * interval / rate)
    assert one.fps == pytest.approx(rate / interval)


@pytest.mark.parametrize('name, stem', [
    ('a', '00007_a'), ('\udcff', '00007_\ufffd'),
    ('ä' * 120, '00007_' + 'ä' * 100)])
def test_names_that_any_file_system_takes(name, stem):
    """An undecodable byte, and 240 bytes in UTF-8."""
    assert module.file_stem(7, name) == stem


def test_defaults_of_packing_are_kept():
    pipeline = [dict(type='PackActionInputs'),
                dict(type='Inner', pipeline=[dict(
                    type='PackActionInputs', meta_keys=('a', ))])]
    module.pack_timing(pipeline)
    added = ['avg_fps', 'frame_interval', 'frame_inds', 'start_index']
    assert pipeline[0]['meta_keys'] == [
        'img_shape', 'img_key', 'video_id', 'timestamp', *added]
    assert pipeline[1]['pipeline'][0]['meta_keys'] == ['a', *added]


@pytest.mark.parametrize('options, error, message', [
    (dict(videos=['no.mp4']), FileNotFoundError, 'videos: got no.mp4'),
    (dict(videos=[__file__.rsplit('/', 2)[0]]), ValueError,
     'without a video'),
    (dict(formats=['gif']), ValueError, "formats: got 'gif'"),
    (dict(num_samples=0), ValueError, 'num_samples: got 0'),
])
def test_bad_options(files, tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        module.draw(*files, str(tmp_path), **options)


def test_weights_of_another_network(files, tmp_path):
    cfg, _ = files
    torch.save(dict(state_dict={}), tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='got 0 of 131 entries'):
        module.draw(cfg, str(tmp_path / 'other.pth'), str(tmp_path))


class Toy(BaseModel):
    """Another method, as CONTRIBUTING.md adds it: it sees two frames."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, data_samples=None, mode='tensor'):
        for sample in data_samples:
            sample.set_pred_score(torch.tensor([0.2, 0.8]))
            sample.set_field(torch.tensor([0, 1]), 'picked_frames')
        return data_samples


def test_another_method(files, tmp_path, monkeypatch):
    """The snippet of CONTRIBUTING.md is all that its drawings need."""
    page = (glints.ROOT / 'CONTRIBUTING.md').read_text()
    snippet = re.search(r'^```py\n(.*?)^```', page, re.DOTALL | re.M)[1]
    cfg = copy.deepcopy(files[0])
    torch.save(dict(state_dict=Toy().state_dict()), tmp_path / 'toy.pth')
    monkeypatch.setattr(module.MODELS, 'build', lambda cfg: Toy())
    draw = partial(module.draw, cfg, str(tmp_path / 'toy.pth'),
                   str(tmp_path / 'out'), num_samples=1)
    with pytest.raises(ValueError, match='model.type: got Toy'):
        draw()
    with monkeypatch.context() as context:
        kinds = dict(seen.seen_by.registry)
        context.setattr(seen, 'seen_by', singledispatch(kinds.pop(object)))
        for kind, function in kinds.items():
            seen.seen_by.register(kind, function)
        context.setattr(module, 'seen_by', seen.seen_by)
        exec(snippet, dict(MyRecognizer=Toy))
        picture, movie, page = draw()
        assert '"whole": [0, 1]' in page.read_text()
        assert picture.stat().st_size > 1000 < movie.stat().st_size
