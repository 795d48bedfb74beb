import math

import pytest
import torch

from s2dnet_mmaction.evaluation import BoxCoverageMetric
from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.grid import describe_grid

HEAD = 'file,frame,x1,y1,x2,y2,score'


@pytest.fixture
def metric(tmp_path):
    """A still box, and one that moves right by 1 px a frame."""
    file = tmp_path / 'boxes.csv'
    file.write_text('\n'.join([
        HEAD, 'a/still.mp4,0,2,2,6,6,0.9', 'a/moves.mp4,5,7,2,11,6,0.9',
        'a/moves.mp4,1,3,2,7,6,0.9', '']))
    return BoxCoverageMetric(str(file))


def grid(times, windows):
    return dict(frame_positions=torch.tensor([times]),
                boxes=torch.tensor([windows]))


def evaluate(metric, tmp_path, name, times, windows):
    metric.process(None, [dict(filename=str(tmp_path / name),
                               sampling_grid=grid(times, windows))])
    return metric.evaluate(1)


@pytest.mark.parametrize('window, center, area', [
    ((2., 2., 6., 6.), 1, 1),
    ((0., 0., 9., 9.), 1, 1),
    ((4., 2., 6., 6.), 1, 1 / 2),  # the centre is on its edge
    ((4.1, 2., 9., 6.), 0, 1.9 / 4),
    ((4., 4., 8., 8.), 1, 1 / 4),
    ((2., 4.1, 6., 6.), 0, 1.9 / 4),
    ((7., 2., 9., 6.), 0, 0),  # to the right of it
    ((2., -3., 6., 1.), 0, 0),  # above it
    ((7., 7., 9., 9.), 0, 0),  # no product of two negative sides
])
def test_shares_by_hand(metric, tmp_path, window, center, area):
    got = evaluate(metric, tmp_path, 'a/still.mp4', [0.], [window])
    assert got == pytest.approx({'box/center': center, 'box/area': area})


@pytest.mark.parametrize('time, left', [
    (1., 3.), (2., 4.), (2.5, 4.5), (5., 7.), (-4., 3.), (9., 7.)])
def test_boxes_follow_the_time(metric, tmp_path, time, left):
    """Between two of them linearly, beyond the last it stays."""
    window = (left, 2., left + 4, 6.)
    got = evaluate(metric, tmp_path, 'a/moves.mp4', [time], [window])
    assert got['box/area'] == pytest.approx(1)
    window = (left + 1, 2., left + 5, 6.)
    got = evaluate(metric, tmp_path, 'a/moves.mp4', [time], [window])
    assert got['box/area'] == pytest.approx(3 / 4)


def test_means_over_frames_and_videos(metric, tmp_path):
    hit, miss, half = (2., 2., 6., 6.), (8., 8., 9., 9.), (2., 2., 6., 4.)
    for windows in ((hit, miss), (hit, half)):
        metric.process(None, [dict(
            filename=str(tmp_path / 'a/still.mp4'),
            sampling_grid=grid([0., 1.], windows))])
    assert metric.evaluate(2) == pytest.approx({
        'box/center': (1 / 2 + 1) / 2, 'box/area': (1 / 2 + 3 / 4) / 2})


def test_the_sampler_s_own_grid(metric, tmp_path):
    """Centre 0 of 9 x 9 px is pixel 4; 2 samples of stride 1: 3 to 5."""
    theta = Theta(*(torch.tensor(number) for number in (
        [0.], [1.], [[0.]], [[1.]], [[0.]], [[1.]])))
    metric.process(None, [dict(
        filename=str(tmp_path / 'a/still.mp4'),
        sampling_grid=describe_grid(theta, torch.tensor([3]), (1, 2, 2),
                                    (9, 9)))])
    assert metric.evaluate(1) == pytest.approx({
        'box/center': 1, 'box/area': 4 / 16})


def test_the_first_view_counts(metric, tmp_path):
    views = dict(
        frame_positions=torch.zeros(2, 1),
        boxes=torch.tensor([[[2., 2., 6., 4.]], [[8., 8., 9., 9.]]]))
    metric.process(None, [dict(filename=str(tmp_path / 'a/still.mp4'),
                               sampling_grid=views)])
    assert metric.evaluate(1) == pytest.approx({
        'box/center': 1, 'box/area': 1 / 2})


@pytest.mark.parametrize('change, message', [
    (dict(sampling_grid=None), 'no sampling_grid'),
    (dict(filename=None), "meta_keys=.*'filename'"),
    (dict(filename='b.mp4'), 'boxes: got none of b.mp4'),
])
def test_missing_data(metric, tmp_path, change, message):
    sample = dict(filename=str(tmp_path / 'a/still.mp4'),
                  sampling_grid=grid([0.], [(0., 0., 1., 1.)]))
    sample = {key: value for key, value in {**sample, **change}.items()
              if value is not None}
    with pytest.raises(ValueError, match=message):
        metric.process(None, [sample])


@pytest.mark.parametrize('text, message', [
    ('file,frame,x1\na,0,1', 'expected the columns'),
    (f'{HEAD}\na,0,5,1,5,2,1', 'line 2 of .*x1 < x2'),
])
def test_bad_files(tmp_path, text, message):
    (tmp_path / 'boxes.csv').write_text(text)
    with pytest.raises(ValueError, match=message):
        BoxCoverageMetric(str(tmp_path / 'boxes.csv')).process(None, [])


def test_videos_that_ended_after_the_synopsis(metric, tmp_path):
    """They do not count; with none left both numbers are NaN."""
    metric.process(None, [dict(exited=True)])
    none = metric.evaluate(1)
    assert set(none) == {'box/center', 'box/area'}
    assert all(map(math.isnan, none.values()))
    seen = dict(filename=str(tmp_path / 'a/still.mp4'),
                sampling_grid=grid([0.], [(2., 2., 6., 6.)]))
    metric.process(None, [dict(exited=True), seen])
    assert metric.evaluate(2) == {'box/center': 1, 'box/area': 1}
