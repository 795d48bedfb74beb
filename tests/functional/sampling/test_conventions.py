"""The lines of docs/conventions.md, one after the other."""

import pytest
import torch

from s2dnet_mmaction.functional import (
    Theta,
    detail_sample,
    gaussian_weights,
    grid_positions,
    linear_weights,
    synopsis_sample,
    window_boxes,
)
from s2dnet_mmaction.models.common.views import split_views
from tests.support.sampling import make_frames, make_theta

CPU_BACKENDS = ('dense', 'torch', 'numba')


def theta_of(center=(0, 0, 0), stride=(1, 1, 1), frames_out=1):
    """Theta of one video; center and stride along (t, y, x)."""
    shapes = (1, ), (1, frames_out), (1, frames_out)
    return Theta(*(torch.full(shape, float(number))
                   for shape, pair in zip(shapes, zip(center, stride))
                   for number in pair))


def coordinates(*shape):
    """(1, T, 3, H, W) frames; the channels hold t, y and x of the pixel."""
    axes = torch.meshgrid(*map(torch.arange, shape), indexing='ij')
    return torch.stack(axes, dim=1)[None].float()


def sample(frames, theta, size, **options):
    return detail_sample(
        frames,
        **theta._asdict(),
        size=size,
        temporal='linear',
        spatial='linear',
        **options)


@pytest.mark.parametrize('backend', CPU_BACKENDS)
def test_frames_are_b_t_c_h_w_of_any_strides(backend):
    frames = coordinates(5, 7, 9)
    assert frames.shape == (1, 5, 3, 7, 9)
    assert frames[0, 4, :, 2, 8].tolist() == [4, 2, 8]  # t, y, x
    theta = theta_of((0.5, -0.5, 0.25))  # the pixel at t = 3, y = 1.5, x = 5
    for order in ((0, 1, 2, 3, 4), (0, 1, 3, 4, 2), (4, 3, 2, 1, 0)):
        back = [order.index(axis) for axis in range(5)]
        turned = frames.permute(order).contiguous().permute(back)
        out = sample(turned, theta, (1, 1, 1), backend=backend)
        assert out.flatten().tolist() == [3, 1.5, 5]


def test_sizes_are_t_h_w():
    assert sample(coordinates(5, 7, 9), theta_of(frames_out=4),
                  (4, 2, 3)).shape == (1, 4, 3, 2, 3)
    assert synopsis_sample(coordinates(5, 7, 9), None, 4,
                           (2, 3)).shape == (1, 4, 3, 2, 3)


def test_boxes_are_x1_y1_x2_y2():
    """A window of 2 rows at stride 3 and 4 columns at stride 0.5."""
    boxes = window_boxes(theta_of((0, 0, 1), (1, 3, 0.5)), (1, 2, 4), (7, 9))
    assert boxes.tolist() == [[[8 - 1, 3 - 3, 8 + 1, 3 + 3]]]


def test_pixel_centres_are_at_integer_indices():
    """At stride 1 a window as large as the frame is the frame."""
    frames = coordinates(5, 6, 8)
    out = sample(frames, theta_of(frames_out=5), (5, 6, 8))
    assert torch.equal(out, frames)
    boxes = window_boxes(theta_of(), (1, 6, 8), (6, 8))
    assert boxes.tolist() == [[[-0.5, -0.5, 8 - 0.5, 6 - 0.5]]]


@pytest.mark.parametrize('backend', CPU_BACKENDS)
def test_padding_has_no_influence(backend):
    frames, lengths = make_frames(3, 6, 3, (8, 8)), torch.tensor([2, 6, 4])
    theta, options = make_theta(3, 3), dict(size=(3, 4, 4), backend=backend)
    together = detail_sample(frames, lengths, **theta._asdict(), **options)
    garbage = frames.clone()
    for b, length in enumerate(lengths.tolist()):
        one = Theta(*(number[b:b + 1] for number in theta))
        alone = detail_sample(frames[b:b + 1, :length], **one._asdict(),
                              **options)
        torch.testing.assert_close(alone[0], together[b], rtol=0, atol=1e-5)
        garbage[b, length:] = 255
    again = detail_sample(garbage, lengths, **theta._asdict(), **options)
    assert torch.equal(again, together)


@pytest.mark.parametrize('axis', range(3))
def test_directions(axis):
    """A larger centre samples later, further down, further right."""
    center = [0., 0., 0.]
    center[axis] = 0.5
    out = sample(coordinates(9, 9, 9), theta_of(center), (1, 1, 1)).flatten()
    expected = [4., 4., 4.]
    expected[axis] = 6.
    assert out.tolist() == expected


@pytest.mark.parametrize('axis', range(3))
@pytest.mark.parametrize('value, expected', [(-1, 0), (0, 0.5), (1, 1)])
def test_centres_are_relative(axis, value, expected):
    """From the first to the last sample, whatever the number of samples."""
    shape, center = (5, 8, 11), [0, 0, 0]
    center[axis] = value
    out = sample(coordinates(*shape), theta_of(center), (1, 1, 1)).flatten()
    assert out[axis] == expected * (shape[axis] - 1)


def test_centre_is_relative_to_the_length_not_to_the_padding():
    out = sample(coordinates(9, 1, 1), theta_of((1, 0, 0)), (1, 1, 1),
                 lengths=torch.tensor([5]))
    assert out[0, 0, 0] == 4


def test_strides_are_in_input_frames_and_pixels():
    """Whatever the number of input samples."""
    for shape in ((21, 23, 25), (41, 43, 45)):
        out = sample(
            coordinates(*shape), theta_of(stride=(2, 3, 4), frames_out=3),
            (3, 3, 3))[0]
        assert out[:, 0, 1, 1].diff().tolist() == [2, 2]
        assert out[1, 1, :, 1].diff().tolist() == [3, 3]
        assert out[1, 2, 1, :].diff().tolist() == [4, 4]


def test_strides_are_positive():
    with pytest.raises(ValueError, match='stride_y: .* expected strides > 0'):
        sample(coordinates(5, 5, 5), theta_of(stride=(1, 0, 1)), (1, 1, 1))


def test_grid():
    """(1 + 0.5) (9 - 1) / 2 = 6 is the middle of the points."""
    center, stride = torch.tensor([0.5]), torch.tensor([2.])
    assert grid_positions(center, stride, 4, 9).tolist() == [[3, 5, 7, 9]]


@pytest.mark.parametrize('weights', [gaussian_weights, linear_weights])
def test_filter_rows_sum_to_one(weights):
    rows = weights(torch.tensor([[-1e6, -3, 0, 2.3, 4, 90]]), 7)
    torch.testing.assert_close(rows.sum(-1), torch.ones(1, 6))


@pytest.mark.parametrize('backend', CPU_BACKENDS)
@pytest.mark.parametrize('stride', [1e3, 1e6, 1e12])
@pytest.mark.parametrize('kind', ['gaussian', 'linear'])
def test_far_outside_is_the_border_sample(kind, stride, backend):
    frames = 10 + coordinates(5, 6, 7)
    out = detail_sample(
        frames,
        **theta_of(stride=(stride, ) * 3, frames_out=2)._asdict(),
        size=(2, 2, 2),
        temporal=kind,
        spatial=kind,
        backend=backend)
    for i, y, x in torch.cartesian_prod(*[torch.arange(2)] * 3):
        torch.testing.assert_close(out[0, i, :, y, x],
                                   torch.stack([10 + 4 * i, 10 + 5 * y,
                                                10 + 6 * x]).float())


def test_one_centre_and_stride_in_time_and_one_per_frame_in_space():
    theta = theta_of(frames_out=2)
    theta.center_y[0, 1] = theta.center_x[0, 0] = 0.5
    out = sample(coordinates(9, 9, 9), theta, (2, 1, 1))[0, :, :, 0, 0]
    assert out.tolist() == [[3.5, 4, 6], [4.5, 6, 4]]
    assert sum(number.numel() for number in theta[2:]) == 4 * 2
    with pytest.raises(ValueError, match=r'center_t.shape: got \(1, 2\)'):
        sample(coordinates(9, 9, 9),
               theta._replace(center_t=torch.zeros(1, 2)), (2, 1, 1))


@pytest.mark.parametrize('backend', CPU_BACKENDS)
def test_normalisation_commutes(backend):
    frames, theta = make_frames(1, 4, 3, (6, 6)), make_theta(1, 2)
    mean, std = torch.tensor([120., 110., 100.]), torch.tensor([58., 50., 9.])
    options = dict(**theta._asdict(), size=(2, 3, 3), backend=backend)
    after = detail_sample(frames, mean=mean, std=std, **options)
    before = (frames - mean[:, None, None]) / std[:, None, None]
    torch.testing.assert_close(
        after, detail_sample(before, **options), atol=1e-5, rtol=1e-5)


def test_views_are_neighbours_in_the_batch():
    videos = torch.arange(6.).view(2, 3, 1, 1, 1, 1)  # (N, V, C, T, H, W)
    videos = videos.expand(2, 3, 3, 5, 4, 4)
    frames, lengths = split_views(videos, torch.tensor([5, 2]))
    assert frames.shape == (6, 5, 3, 4, 4)
    assert frames[:, 0, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert lengths.tolist() == [5, 5, 5, 2, 2, 2]
