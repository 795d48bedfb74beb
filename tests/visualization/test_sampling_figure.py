"""The picture: boxes where the sampler looked."""

import pytest
import torch
from matplotlib.patches import Rectangle

from s2dnet_mmaction.visualization import sampling_figure
from tests.support import tiny


def grid_and_frames():
    model = tiny.build(test_cfg=dict(return_grid=True)).eval()
    tiny.open_up(model)
    data = tiny.batch(lengths=(7, 5))
    with torch.no_grad():
        samples = tiny.run(model, 'predict', data)
    grid = {k: v[0] for k, v in samples[0].sampling_grid.items()}
    return grid, data['inputs'][0][0].transpose(0, 1)


def test_boxes_are_those_of_the_grid():
    grid, frames = grid_and_frames()
    figure = sampling_figure(frames, grid, (4, 16, 20), 3, title='a title')
    rectangles = []
    for axis in figure.axes:
        for patch in axis.patches:
            if isinstance(patch, Rectangle) and not patch.get_fill():
                x, y = patch.get_xy()
                rectangles.append(
                    [x, y, x + patch.get_width(), y + patch.get_height()])
    torch.testing.assert_close(
        torch.tensor(rectangles), grid['boxes'], atol=1e-4, rtol=0)
    images = [axis.images[0] for axis in figure.axes if axis.images]
    assert len(images) == 3 + 4 + 4  # uniform, where, detail
    assert images[-1].get_array().shape == (16, 20, 3)


def test_boxes_show_on_the_pixels(tmp_path):
    import cv2
    grid, frames = grid_and_frames()
    figure = sampling_figure(
        torch.zeros_like(frames), grid, (4, 16, 20), 3)
    figure.savefig(tmp_path / 'picture.png', dpi=80)
    blue, green, red = cv2.imread(str(tmp_path / 'picture.png')).astype(
        int).transpose(2, 0, 1)
    assert ((red > 180) & (green < 60) & (blue < 90)).sum() > 200


def test_frames_of_another_video():
    grid, frames = grid_and_frames()
    with pytest.raises(ValueError, match='frames.shape'):
        sampling_figure(frames[:5], grid, (4, 16, 20), 3)
