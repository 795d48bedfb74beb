"""Pictures of a validation: their contents, number and steps."""

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from mmaction.registry import DATASETS
from mmengine.dataset import Compose
from mmengine.hooks import Hook
from mmengine.registry import init_default_scope
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)
from torch.utils.data import Dataset

from s2dnet_mmaction.engine import SamplingVisualizationHook
from s2dnet_mmaction.engine.hooks import sampling_visualization_hook as module
from s2dnet_mmaction.engine.hooks import theta_record
from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.grid import describe_grid
from tests.support import small_runs

HOOK = dict(type='SamplingVisualizationHook', num_videos=2)
LENGTHS = [5, 7, 6, 4, 9]  # 0 and 3 are padded in batches of 2
PLACES = [(0.2 * i - 0.4, 0.1 * i, -0.3 * i) for i in range(5)]


@pytest.fixture
def drawn(monkeypatch):
    """Arguments of the pictures, which take long to draw."""
    calls = dict(sampling_figure=[], theta_figure=[])

    def stand_in(name):

        def figure(*args, **kwargs):
            calls[name].append((*args, kwargs))
            return Figure(figsize=(1, 1), dpi=20)

        return figure

    for name in calls:
        monkeypatch.setattr(module, name, stand_in(name))
    return calls


def images(folder):
    return sorted(path.name for path in folder.glob('*/vis_data/vis_image/*'))


def test_pictures_land_in_the_visualizer(tmp_path):
    runner = small_runs.build(
        tmp_path, [HOOK], train=(6, 5), val=dict(lengths=LENGTHS))
    runner.train()
    names = [
        'sampling_theta_1.png', 'sampling_video_00000_1.png',
        'sampling_video_00002_1.png'
    ]
    assert images(tmp_path) == names
    assert not runner.model.neck._forward_hooks


def test_pixels_are_rgb(tmp_path, monkeypatch):
    figure = Figure(figsize=(2, 1), dpi=10, facecolor=(1.0, 0.5, 0.0))
    monkeypatch.setattr(module, 'theta_figure', lambda *_, **__: figure)
    runner = small_runs.build(
        tmp_path, [dict(HOOK, num_videos=0)], val=dict(lengths=[4]))
    images = []
    runner.visualizer.add_image = lambda *arguments: images.append(arguments)
    runner.val()
    (name, pixels, step), = images
    assert (name, step) == ('sampling_theta', 0)
    assert pixels.shape == (10, 20, 3) and pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    np.testing.assert_allclose(pixels[0, 0], (255, 127.5, 0), atol=1)


@pytest.mark.parametrize('views, collate', [(1, 'video_collate'),
                                            (2, 'video_collate'),
                                            (2, 'pseudo_collate')])
def test_what_is_drawn(tmp_path, drawn, views, collate):
    """The frames of the first view without padding, and its own grid."""
    runner = small_runs.build(
        tmp_path, [dict(HOOK, num_videos=3)],
        val=dict(
            lengths=LENGTHS, views=views, collate=collate, places=PLACES))
    thetas = small_runs.record_thetas(runner)
    runner.val()
    theta = Theta(*map(torch.cat, zip(*(numbers for _, numbers in thetas))))
    dataset, model = runner.val_dataloader.dataset, runner.model

    assert len(drawn['sampling_figure']) == 3
    for video, (seen, title, _) in zip((0, 1, 3), drawn['sampling_figure']):
        np.testing.assert_array_equal(
            seen.frames, dataset.videos[video][0].permute(1, 2, 3, 0))
        row = slice(video * views, video * views + 1)
        expected = describe_grid(
            Theta(*(number[row] for number in theta)),
            torch.tensor([LENGTHS[video]]), model.neck.size, (24, 28))
        np.testing.assert_allclose(
            [window.box for window in seen.windows], expected['boxes'][0],
            rtol=1e-5)
        times = [window.weights @ np.arange(LENGTHS[video])
                 for window in seen.windows]
        inside = expected['frame_positions'][0].clamp(0, LENGTHS[video] - 1)
        np.testing.assert_allclose(times, inside, atol=0.5)
        assert title == f'validation video {video}'
        assert seen.truth == f'class {video}'

    (got, places, options), = drawn['theta_figure']
    assert all(map(torch.equal, got, theta))
    assert options['title'] == f'theta of {5 * views} validation videos'
    torch.testing.assert_close(places[::views], torch.tensor(PLACES))
    assert views == 1 or places[1::views].isnan().all()


@pytest.mark.parametrize('axes', [('time', 'space'), ('time', )])
def test_heat_maps_are_those_of_the_prediction(tmp_path, drawn, axes):
    """Of the first view."""
    runner = small_runs.build(
        tmp_path, [dict(HOOK, num_videos=3)],
        val=dict(lengths=LENGTHS, views=2),
        neck=dict(locator=dict(type='HeatmapLocator'), axes=axes),
        test_cfg=dict(return_grid=True))
    predicted = []
    runner.register_hook(KeepPredictions(predicted))
    runner.val()
    for video, (seen, *_) in zip((0, 1, 3), drawn['sampling_figure'],
                                 strict=True):
        expected = {name: rows[0] for name, rows in
                    predicted[video].sampling_grid.items()}
        assert seen.whole == [i * (LENGTHS[video] - 1) // 2 for i in range(3)]
        np.testing.assert_allclose(seen.frame_weights[seen.whole],
                                   expected['heatmap_time'], rtol=1e-6)
        maps = list(seen.maps.values())
        if 'space' in axes:
            np.testing.assert_array_equal(maps, expected['heatmap_space'])
        else:
            assert maps == []


@pytest.mark.parametrize('classes', [None, list('abcdef')])
def test_names_of_the_data_set(tmp_path, drawn, monkeypatch, classes):
    monkeypatch.setattr(small_runs.TinyVideos, 'metainfo',
                        dict(classes=classes), raising=False)
    runner = small_runs.build(tmp_path, [HOOK], val=dict(lengths=[4]))
    runner.val()
    (seen, *_), = drawn['sampling_figure']
    assert seen.truth == ('a' if classes else 'class 0')


def test_movies_and_pages(tmp_path, drawn):
    """Files of the run, and the movie in TensorBoard."""
    runner = small_runs.build(
        tmp_path, [dict(HOOK, formats=['mp4', 'html'])], train=(6, 5),
        val=dict(lengths=LENGTHS),
        visualizer=dict(type='ActionVisualizer', vis_backends=[
            dict(type='LocalVisBackend'),
            dict(type='TensorboardVisBackend')]))
    runner.train()
    assert sorted(path.name for path in tmp_path.glob(
        '*/vis_data/sampling_*')) == [
            f'sampling_video_0000{i}_1.{kind}'
            for i in (0, 2) for kind in ('html', 'mp4')]
    assert images(tmp_path) == ['sampling_theta_1.png']
    assert drawn['sampling_figure'] == []
    events = EventAccumulator(str(next(tmp_path.glob('*/vis_data'))),
                              size_guidance=dict(images=0))
    events.Reload()
    for i, length in ((0, 5), (2, 6)):
        event, = events.Images(f'sampling_video_0000{i}_movie')
        movie = Image.open(io.BytesIO(event.encoded_image_string))
        assert event.step == 1 and movie.format == 'GIF'
        assert movie.n_frames == length and movie.size == (640, 427)
        assert (event.width, event.height) == movie.size


class KeepPredictions(Hook):

    def __init__(self, kept):
        self.kept = kept

    def after_val_iter(self, runner, batch_idx, data_batch=None,
                       outputs=None):
        self.kept += outputs


@DATASETS.register_module(force=True)
class DrawnClips(Dataset):
    """Clips in memory, through the transforms of a test pipeline."""

    def __init__(self, two_passes):
        init_default_scope('mmaction')
        self.clips = [
            np.random.default_rng(i).integers(
                0, 256, (12 + 6 * i, 24, 28, 3), dtype=np.uint8)
            for i in range(3)
        ]
        start = [
            dict(type='SampleStridedFrames', frame_interval=1, test_mode=True)
        ]
        inner = [
            dict(type='ArrayDecode'),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs')
        ]
        if two_passes:
            inner = [
                dict(
                    type='SynopsisFirst',
                    num_frames=3,
                    pipeline=inner)
            ]
        self.pipeline = Compose([*start, *inner])

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, index):
        return self.pipeline(
            dict(
                array=self.clips[index],
                total_frames=len(self.clips[index]),
                start_index=0,
                modality='RGB',
                label=index))


def test_frames_of_two_passes_are_fetched(tmp_path, drawn):
    """SynopsisFirst leaves a few frames in the batch; all are drawn."""
    for two in (False, True):
        runner = small_runs.build(
            tmp_path / str(two), [dict(HOOK, num_videos=3)],
            val=dict(type='DrawnClips', two_passes=two,
                     collate='pseudo_collate' if two else 'video_collate'))
        runner.val()
    calls = drawn['sampling_figure']
    clips = runner.val_dataloader.dataset.clips
    for clip, one, two in zip(clips, calls[:3], calls[3:], strict=True):
        np.testing.assert_array_equal(one[0].frames, clip)
        np.testing.assert_array_equal(two[0].frames, clip)
        for first, second in zip(one[0].windows, two[0].windows, strict=True):
            np.testing.assert_allclose(first.box, second.box, rtol=1e-5)
            np.testing.assert_allclose(first.weights, second.weights,
                                       atol=1e-6)


def test_videos_are_spread_evenly(tmp_path, drawn):
    titles = {}
    for number in (0, 1, 3, 9):
        runner = small_runs.build(
            tmp_path / str(number), [dict(HOOK, num_videos=number)],
            val=dict(lengths=[4] * 7))
        runner.val()
        titles[number] = [
            int(call[1].split()[2])
            for call in drawn['sampling_figure']
        ]
        drawn['sampling_figure'].clear()
    assert titles == {0: [], 1: [0], 3: [0, 2, 4], 9: list(range(7))}
    assert drawn['theta_figure'][0][1] is None  # no place is known


def test_interval_counts_validations(tmp_path, drawn):
    runner = small_runs.build(
        tmp_path, [dict(HOOK, interval=2, num_videos=1)],
        train=(6, 5),
        max_epochs=3,
        val=dict(lengths=[4]))
    runner.train()
    assert images(tmp_path) == [
        'sampling_theta_1.png', 'sampling_theta_3.png',
        'sampling_video_00000_1.png', 'sampling_video_00000_3.png'
    ]


@pytest.mark.parametrize('main', [True, False])
def test_several_processes(tmp_path, drawn, monkeypatch, main):
    """The main process draws some of its own videos, and theta of all."""
    sent = []

    def collect(videos, size, device):
        sent.append((len(videos), size))
        return [video + 0.25 for video in videos] if main else None

    monkeypatch.setattr(module, 'get_world_size', lambda: 2)
    monkeypatch.setattr(module, 'is_main_process', lambda: main)
    monkeypatch.setattr(theta_record, 'collect_results', collect)
    runner = small_runs.build(tmp_path, [HOOK], val=dict(lengths=[4] * 5))
    thetas = small_runs.record_thetas(runner)
    runner.val()
    assert sent == [(5, 5)]
    titles = [call[1] for call in drawn['sampling_figure']]
    if not main:
        assert not titles and not drawn['theta_figure']
        return
    # the first and the second of the three of its own, 0, 2 and 4 of all
    assert titles == ['validation video 0', 'validation video 2']
    (theta, _, _), = drawn['theta_figure']
    assert torch.equal(theta.center_t,
                       torch.cat([t[0] for _, t in thetas]) + 0.25)


def test_another_model(tmp_path):
    runner = small_runs.build(tmp_path, [HOOK], train=(6, 5))
    runner.model = torch.nn.Linear(1, 1)
    with pytest.raises(ValueError, match='model.type: got Linear'):
        SamplingVisualizationHook().before_run(runner)


@pytest.mark.parametrize('options, error', [
    (dict(interval=0), ValueError),
    (dict(interval=1.5), TypeError),
    (dict(num_videos=-1), ValueError),
    (dict(formats=['gif']), ValueError),
])
def test_bad_options(options, error):
    with pytest.raises(error, match=f'{next(iter(options))}: got'):
        SamplingVisualizationHook(**options)
