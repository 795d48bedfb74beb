import math

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator

from s2dnet_mmaction.evaluation import PlaceMetric
from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.grid import describe_grid
from tests.support import tiny

SIZE, FRAME = (2, 4, 4), (11, 21)  # rows 0..10, columns 0..20


def sample(center, stride, place, length=9, views=1):
    """A prediction; y and x of center and stride are per sampled frame."""
    theta = Theta(*(
        torch.tensor(number).expand(views, *torch.tensor(number).shape)
        for axis in range(3) for number in (center[axis], stride[axis])))
    grid = describe_grid(theta, torch.full((views, ), length), SIZE, FRAME)
    return dict(sampling_grid=grid, place=place)


# frames 0..8, grid points at 4 and 6: the window is 3..7. In the first
# frame rows 3..7, columns 8..12; in the second all rows, columns 15..19.
LATE = ((0.25, (0.0, 0.0), (0.0, 0.7)),
        (2.0, (1.0, 3.0), (1.0, 1.0)))


@pytest.mark.parametrize('place, hit', [
    ((0.0, 0.0, 0.0), True),  # frame 4: first sampled frame, its middle
    ((0.0, 0.39, 0.19), True),  # row 6.95, column 11.9
    ((0.0, 0.41, 0.0), False),  # row 7.05
    ((0.0, 0.0, 0.21), False),  # column 12.1
    ((0.24, 0.0, 0.0), True),  # frame 4.96, nearest is still the first
    ((0.26, 0.0, 0.0), False),  # frame 5.04: the second looks elsewhere
    ((0.26, 1.0, 0.7), True),
    ((0.74, 1.0, 0.7), True),  # frame 6.96
    ((0.76, 1.0, 0.7), False),  # frame 7.04, after the window
    ((-0.24, 0.0, 0.0), True),  # frame 3.04
    ((-0.26, 0.0, 0.0), False),
])
def test_hits_by_hand(place, hit):
    metric = PlaceMetric()
    metric.process(None, [sample(*LATE, place)])
    assert metric.evaluate(1)['place/hit'] == hit


def test_errors_and_correlations_by_hand():
    strides = (2.0, (1.0, 1.0), (1.0, 1.0))
    samples = [  # centres (.5, .2, -.4), (-.5, .2, .4), (0, .2, 0)
        sample((0.5, (0.1, 0.3), (-0.4, -0.4)), strides, (0.4, 0.0, 0.8)),
        sample((-0.5, (0.3, 0.1), (0.3, 0.5)), strides, [-0.4, 0.5, -0.8]),
        sample((0.0, (0.2, 0.2), (0.0, 0.0)), strides,
               torch.tensor([0.0, -0.1, 0.0])),  # row 4.5 of 4..8
    ]
    metric = PlaceMetric()
    metric.process(None, samples[:2])
    metric.process(None, samples[2:])
    got = metric.evaluate(3)
    assert got == pytest.approx({
        'place/corr_t': 1.0,
        'place/corr_y': 0.0,  # the centre does not vary
        'place/corr_x': -1.0,
        'place/error_t': 0.2 / 3,
        'place/error_y': (0.2 + 0.3 + 0.3) / 3,
        'place/error_x': 2.4 / 3,
        'place/hit': 1 / 3,
    }, abs=1e-6)


def test_the_first_view_counts():
    one = sample(*LATE, (0.0, 0.0, 0.0), views=2)
    one['sampling_grid']['center_t'] = torch.tensor([0.25, -1.0])
    one['sampling_grid']['frame_positions'][1] -= 5
    metric = PlaceMetric()
    metric.process(None, [one])
    got = metric.evaluate(1)
    assert got['place/error_t'] == 0.25 and got['place/hit'] == 1


def test_predictions_of_the_network():
    """Data samples of the model, with place in the metainfo."""
    model = tiny.build(test_cfg=dict(return_grid=True)).eval()
    tiny.open_up(model)
    data = tiny.batch(lengths=(7, 5))
    for n, data_sample in enumerate(data['data_samples']):
        data_sample.set_metainfo(dict(place=(0.5 - n, 0.1, -0.2)))
    with torch.no_grad():
        samples = tiny.run(model, 'predict', data)
    assert isinstance(samples[0], ActionDataSample)
    evaluator = Evaluator(PlaceMetric())
    evaluator.process(data_samples=samples, data_batch=data)
    got = evaluator.evaluate(2)
    centers = [s.sampling_grid['center_t'].item() for s in samples]
    assert got['place/error_t'] == pytest.approx(
        (abs(centers[0] - 0.5) + abs(centers[1] + 0.5)) / 2)
    assert got['place/corr_t'] == pytest.approx(
        1 if centers[0] > centers[1] else -1)


@pytest.mark.parametrize('change, message', [
    (dict(sampling_grid=None), r'Set model.test_cfg=dict\(return_grid=True'),
    (dict(place=None), r'data sample: got no place.*PackActionInputs'),
    (dict(place=(0.0, 0.0)), r'place: got \[0.0, 0.0\]'),
    (dict(place=(0.0, 1.2, 0.0)), r'expected \(t, y, x\), each in \[-1, 1\]'),
    (dict(place=(0.0, float('nan'), 0.0)), r'place: got \[0.0, nan'),
])
def test_missing_or_bad_data(change, message):
    broken = {**sample(*LATE, (0.0, 0.0, 0.0)), **change}
    broken = {k: v for k, v in broken.items() if v is not None}
    with pytest.raises(ValueError, match=message):
        PlaceMetric().process(None, [broken])


def test_centres_that_are_not_finite():
    """No correlation of 0, which is what a frozen sampler has."""
    samples = [sample(*LATE, (0.1 * i, 0.0, 0.0)) for i in range(3)]
    samples[1]['sampling_grid']['center_t'] *= float('nan')
    metric = PlaceMetric()
    metric.process(None, samples)
    got = metric.evaluate(3)
    assert math.isnan(got['place/corr_t'])
    assert math.isnan(got['place/error_t'])
    assert got['place/corr_x'] == 0


def test_videos_that_ended_after_the_synopsis():
    """They are not measured. With none left the numbers are NaN: a run that
    keeps the best one needs them."""
    metric = PlaceMetric()
    ended = dict(exited=True, place=(0.0, 0.0, 0.0))
    metric.process(None, [ended, dict(sample(*LATE, (0.0, 0.0, 0.0)),
                                      exited=False)])
    found = metric.evaluate(2)
    assert found['place/hit'] == 1
    metric.process(None, [ended])
    none = metric.evaluate(1)
    assert none.keys() == found.keys()
    assert all(map(math.isnan, none.values()))


def test_videos_that_ended_count_for_mmengine():
    """It cuts the results at the number of videos: processes repeat some."""
    metric = PlaceMetric()
    far = dict(sample(*LATE, (-1.0, -1.0, -1.0)), exited=False)
    near = dict(sample(*LATE, (0.0, 0.0, 0.0)), exited=False)
    metric.process(None, [dict(exited=True), near, far])
    assert metric.evaluate(2)['place/hit'] == 1
