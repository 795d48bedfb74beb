"""The picture of theta over a data set."""

import numpy as np
import pytest
import torch

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.visualization import theta_figure


def some_theta(videos=6, num_frames=4):
    generator = torch.Generator().manual_seed(0)

    def numbers(*shape):
        return torch.rand(shape, generator=generator)

    shape = (videos, num_frames)
    return Theta(
        torch.linspace(-0.9, 0.8, videos), 1 + numbers(videos),
        numbers(*shape) - 0.5, 3 * numbers(*shape), numbers(*shape) * 0,
        numbers(*shape) * 0 + 2)


def test_histograms_count_what_they_show():
    theta = some_theta()
    figure = theta_figure(theta, title='a title')
    assert len(figure.axes) == 6
    heights = [[patch.get_height() for patch in axis.patches]
               for axis in figure.axes]
    assert [sum(some) for some in heights] == [6, 24, 24, 6, 24, 24]
    # all centres along x are 0, and all strides along x the same
    assert sorted(heights[2])[-2:] == [0, 24]
    assert sorted(heights[5])[-2:] == [0, 24]
    for axis, values in ((0, theta.center_t), (4, theta.stride_y)):
        for patch in figure.axes[axis].patches:
            left, right = patch.get_x(), patch.get_x() + patch.get_width()
            inside = (values >= left) & (values < right)
            assert patch.get_height() == inside.sum()


def test_places_and_their_correlation():
    theta = some_theta()
    place = torch.stack([
        2 * theta.center_t - 0.1, -theta.center_y.mean(1),
        torch.linspace(0, 1, 6)
    ], 1)
    figure = theta_figure(theta, place)
    scatter = figure.axes[6:]
    assert [axis.get_title() for axis in scatter] == [
        'correlation 1.00', 'correlation -1.00', 'correlation 0.00'
    ]
    for i, centers in enumerate((theta.center_t, theta.center_y.mean(1))):
        points = np.stack([place[:, i].numpy(), centers.numpy()], 1)
        np.testing.assert_allclose(
            scatter[i].collections[0].get_offsets(), points)
    place[2:] = float('nan')  # not known
    offsets = theta_figure(theta, place).axes[6].collections[0].get_offsets()
    assert len(offsets) == 2


def test_numbers_that_are_not_finite_are_left_out():
    theta = some_theta()
    broken = theta._replace(
        center_t=theta.center_t * float('nan'),
        stride_t=theta.stride_t * float('inf'))
    figure = theta_figure(broken, torch.zeros(6, 3))
    assert sum(patch.get_height() for patch in figure.axes[0].patches) == 0
    assert sum(patch.get_height() for patch in figure.axes[3].patches) == 0


def test_places_of_other_videos():
    with pytest.raises(ValueError, match=r'place.shape: got \(5, 3\)'):
        theta_figure(some_theta(), torch.zeros(5, 3))
