"""The picture of a video: boxes, frames, time line."""

import warnings

import cv2
import pytest
import torch
from mmaction.structures import ActionDataSample

from s2dnet_mmaction.visualization import raw_views, sampling_figure
from tests.support import tiny


@pytest.fixture(scope='module')
def video():
    """Model, frames and grid of the first view of a video."""
    model = tiny.build(test_cfg=dict(return_grid=True)).eval()
    tiny.open_up(model)
    data = tiny.batch(lengths=(7, 5))
    with torch.no_grad():
        sample, _ = tiny.run(model, 'predict', data)
    grid = {name: value[0] for name, value in sample.sampling_grid.items()}
    return model, data['inputs'][0][0].transpose(0, 1), grid


def test_contents(video):
    figure = sampling_figure(*video, title='a title')
    _, frames, grid = video
    assert figure.get_suptitle() == 'a title'
    *axes, time_line = figure.axes
    uniform, where, detail = axes[:3], axes[3:7], axes[7:]
    assert [axis.get_title() for axis in uniform] == [
        'frame 0', 'frame 3', 'frame 6']
    for axis, position in zip(where, grid['frame_positions'], strict=True):
        nearest = int(position.round().clamp(0, 6))
        assert axis.get_title() == f'frame {nearest}'
        shown = torch.from_numpy(axis.images[0].get_array().data)
        assert torch.equal(shown, frames[nearest].permute(1, 2, 0))
    boxes = [
        [*patch.get_xy(), patch.get_x() + patch.get_width(),
         patch.get_y() + patch.get_height()]
        for axis in where for patch in axis.patches
    ]
    torch.testing.assert_close(
        torch.tensor(boxes), grid['boxes'], atol=1e-4, rtol=0)
    assert [axis.images[0].get_array().shape for axis in detail
            ] == [(16, 20, 3)] * 4
    times = [events.get_positions() for events in time_line.collections]
    assert times == [grid['frame_positions'].tolist(), [0, 3, 6]]
    assert [label.get_text() for label in time_line.get_yticklabels()
            ] == ['detail', 'uniform']


def test_boxes_show_on_the_pixels(video, tmp_path):
    model, frames, grid = video
    figure = sampling_figure(model, torch.zeros_like(frames), grid)
    figure.savefig(tmp_path / 'picture.png', dpi=80)
    blue, green, red = cv2.imread(str(tmp_path / 'picture.png')).astype(
        int).transpose(2, 0, 1)
    assert ((red > 180) & (green < 60) & (blue < 90)).sum() > 200


@pytest.mark.parametrize('maps', [
    ('heatmap_time', 'heatmap_space'), ('heatmap_time', ),
    ('heatmap_space', )])
def test_heat_maps_that_there_are(video, maps):
    """On the uniform frames, the time line and in the legend."""
    model, frames, grid = video
    given = dict(
        heatmap_time=torch.tensor([0.25, 0.5, 0.25]),
        heatmap_space=torch.full((3, 2, 4), 1 / 8))
    figure = sampling_figure(
        model, frames, {**grid, **{name: given[name] for name in maps}})
    uniform, time_line = figure.axes[:3], figure.axes[11]
    time, space = ('heatmap_time' in maps), ('heatmap_space' in maps)
    assert {len(axis.images) for axis in uniform} == {1 + space}
    assert [axis.get_title() for axis in uniform] == (
        ['frame 0: 25%', 'frame 3: 50%', 'frame 6: 25%']
        if time else ['frame 0', 'frame 3', 'frame 6'])
    assert len(time_line.get_yticks()) == 2 + time
    assert len(time_line.get_legend().get_texts()) == 1 + time + space
    assert len(figure.axes) == 12 + space  # the colour bar
    with warnings.catch_warnings():
        warnings.simplefilter('error')  # of a layout without room for all
        figure.canvas.draw()


def test_fewer_heat_maps_than_uniform_frames(video):
    """As of a backbone with temporal strides."""
    model, frames, grid = video
    maps = torch.eye(8)[[0, 6]].view(2, 2, 4)
    figure = sampling_figure(model, frames, dict(
        grid, heatmap_time=torch.tensor([0.25, 0.75]), heatmap_space=maps))
    uniform, time_line = figure.axes[:3], figure.axes[11]
    for axis, expected in zip(uniform, (maps[0], maps.mean(0), maps[1])):
        drawn = torch.from_numpy(axis.images[1].get_array().data)
        assert torch.equal(drawn, expected)
    assert [axis.get_title() for axis in uniform] == [
        'frame 0: 25%', 'frame 3: 50%', 'frame 6: 75%']
    assert time_line.lines[0].get_xdata().tolist() == [0, 6]


def test_no_legend_without_heat_maps(video):
    figure = sampling_figure(*video)
    assert figure.axes[-1].get_legend() is None


def test_frames_of_another_video(video):
    model, frames, grid = video
    with pytest.raises(ValueError, match=r'frames.shape: got \(5, 3, 24, 28'):
        sampling_figure(model, frames[:5], grid)


def test_frames_that_are_read_later():
    inputs, sample = torch.zeros(1, 3, 2, 4, 4), ActionDataSample()
    assert raw_views(inputs, sample) is inputs

    class Source:
        num_frames = 5

        def read(self, positions):
            return list(positions)

    sample.set_metainfo(dict(frame_source=Source()))
    assert raw_views(inputs, sample) == [0, 1, 2, 3, 4]
