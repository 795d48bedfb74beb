import torch

from s2dnet_mmaction.functional import Theta, grid_positions, window_boxes


def test_centre_of_the_axis():
    zero, one = torch.zeros(1), torch.ones(1)
    assert grid_positions(zero, one, 3, 5).tolist() == [[1, 2, 3]]
    assert grid_positions(zero, one, 4, 5).tolist() == [[0.5, 1.5, 2.5, 3.5]]


def test_first_and_last_sample():
    one = torch.ones(1)
    assert grid_positions(-one, one, 1, 5).tolist() == [[0]]
    assert grid_positions(one, one, 1, 5).tolist() == [[4]]


def test_length_per_video():
    points = grid_positions(
        torch.zeros(2), torch.tensor([1., 2.]), 2, torch.tensor([3, 5]))
    assert points.tolist() == [[0.5, 1.5], [1, 3]]


def test_boxes_are_x1_y1_x2_y2():
    """A window as large as the frame at stride 1 is the frame."""
    zero, one = torch.zeros(1, 1), torch.ones(1, 1)
    theta = Theta(zero[0], one[0], zero, one, zero, one)
    boxes = window_boxes(theta, (1, 6, 8), (6, 8))
    assert boxes.tolist() == [[[-0.5, -0.5, 7.5, 5.5]]]
    theta = theta._replace(center_x=one, stride_y=one * 0.5)
    boxes = window_boxes(theta, (1, 6, 8), (6, 8))
    assert boxes.tolist() == [[[3, 1, 11, 4]]]
