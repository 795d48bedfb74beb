"""Numbers of windows that are small enough to do by hand."""

import numpy as np
import pytest
import torch

from s2dnet_mmaction.functional import Theta, correlation, sampling_statistics

SIZE = (2, 2, 3)  # T_D, H_D, W_D
LENGTHS = torch.tensor([5, 9])
FRAME = (4, 7)  # H, W
THETA = Theta(
    center_t=torch.tensor([0.0, 1.0]),
    stride_t=torch.tensor([2.0, 4.0]),  # frames 1, 3 of 0..4; 6, 10 of 0..8
    center_y=torch.tensor([[0.0, 1.0], [-1.0, 0.0]]),
    # rows of 0..3: 1, 2 and 2.5, 3.5; -2, 2 and 1, 2
    stride_y=torch.tensor([[1.0, 1.0], [4.0, 1.0]]),
    center_x=torch.tensor([[0.0, 0.0], [0.5, 0.0]]),
    # columns of 0..6: 0, 3, 6 and -1, 3, 7; 2.5, 4.5, 6.5 and 0, 3, 6
    stride_x=torch.tensor([[3.0, 4.0], [2.0, 3.0]]))
EXPECTED = dict(
    center_t_mean=0.5, center_t_std=0.5,
    center_y_mean=0.0, center_y_std=0.5,  # of 0.5 and -0.5
    center_x_mean=0.125, center_x_std=0.125,  # of 0 and 0.25
    stride_t_mean=3.0, stride_t_std=1.0,
    stride_y_mean=1.75, stride_y_std=0.75,  # of 1 and 2.5
    stride_x_mean=3.0, stride_x_std=0.5,  # of 3.5 and 2.5
    saturated_t=1 / 2,
    saturated_yx=2 / 8,
    off_video=1 / 4,
    off_frame=1 - (1 + 1 / 2 * 1 / 3 + 1 / 2 * 2 / 3 + 1) / 4)


@pytest.mark.parametrize('frame_size', [FRAME, torch.tensor([FRAME, FRAME])])
def test_by_hand(frame_size):
    numbers = sampling_statistics(THETA, LENGTHS, frame_size, SIZE)
    assert {k: v.item() for k, v in numbers.items()} == pytest.approx(EXPECTED)
    assert all(number.dim() == 0 for number in numbers.values())


def test_frames_of_unequal_size():
    """Shares of the whole are the means of those of each video."""
    sizes = torch.tensor([[4, 7], [3, 5]])
    both = sampling_statistics(THETA, LENGTHS, sizes, SIZE)
    alone = [
        sampling_statistics(
            Theta(*(n[i:i + 1] for n in THETA)), LENGTHS[i:i + 1],
            sizes[i].tolist(), SIZE) for i in range(2)
    ]
    for name in ('off_frame', 'off_video', 'center_y_mean'):
        assert both[name] == (alone[0][name] + alone[1][name]) / 2, name
    assert alone[0]['off_frame'] != alone[1]['off_frame']
    assert alone[0]['stride_t_std'] == 0  # not NaN of a single video


def test_border_samples_are_inside():
    """A window that just fits, from the first sample to the last."""
    frame, size = (144, 112), (4, 144, 112)
    ones, zeros = torch.ones(1, 4), torch.zeros(1, 4)
    theta = Theta(
        zeros[:, 0], torch.tensor([9.0]), zeros, ones, zeros, ones)
    numbers = sampling_statistics(theta, torch.tensor([28]), frame, size)
    assert numbers['off_video'] == numbers['off_frame'] == 0
    wide = sampling_statistics(
        Theta(*(1.001 * number for number in theta)), torch.tensor([28]),
        frame, size)
    assert wide['off_video'].item() == pytest.approx(2 / 4)
    assert wide['off_frame'].item() == pytest.approx(
        1 - 142 / 144 * 110 / 112)


def test_what_is_not_finite_shows():
    bad = THETA._replace(stride_y=THETA.stride_y * float('nan'))
    numbers = sampling_statistics(bad, LENGTHS, FRAME, SIZE)
    assert numbers['stride_y_mean'].isnan()
    assert numbers['stride_x_mean'] == 3


@pytest.mark.parametrize('lengths, size', [(LENGTHS[:1], SIZE),
                                           (LENGTHS, (3, 2, 3))])
def test_other_videos_are_refused(lengths, size):
    with pytest.raises(ValueError, match='theta: got 2 videos of 2 frames'):
        sampling_statistics(THETA, lengths, FRAME, size)


def test_correlation_is_numpys():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 20, 3)) + 0.5
    got = correlation(torch.tensor(first), torch.tensor(second))
    for i in range(3):
        expected = np.corrcoef(first[:, i], second[:, i])[0, 1]
        assert got[i].item() == pytest.approx(expected)


def test_correlation_by_hand():
    first = torch.tensor([0.0, 0.5, 1.0])
    assert correlation(first, 3 * first) == pytest.approx(1)
    assert correlation(first, 1 - first) == pytest.approx(-1)
    assert correlation(first, torch.tensor([1.0, 0.0, 1.0])) == 0


def test_what_does_not_vary_has_no_correlation():
    """Not even if rounding makes it differ."""
    place = torch.linspace(-1, 1, 5)
    frozen = torch.full((5, ), 0.3)
    assert correlation(frozen, place) == 0
    assert correlation(frozen + 1e-8 * place.double(), place) == 0
    assert correlation(place, frozen) == 0
    assert correlation(place[:1], place[:1]) == 0


@pytest.mark.parametrize('bad', [float('nan'), float('inf')])
def test_what_is_not_finite_has_no_correlation(bad):
    """Nor is it 0, even against what does not vary."""
    place = torch.linspace(-1, 1, 5)
    broken = place.clone()
    broken[2] = bad
    for other in (place, torch.zeros(5)):
        assert correlation(broken, other).isnan()
        assert correlation(other, broken).isnan()
    both = correlation(torch.stack([broken, place], 1),
                       torch.stack([place, place], 1))
    assert both[0].isnan() and both[1] == pytest.approx(1)
