"""Picks against known events."""

import json

import pytest
import torch

from s2dnet_mmaction.evaluation import PickMetric

TIMES = torch.arange(4).double()[:, None] + torch.tensor([0., 1.])
EVENTS = {'a.mp4': dict(kind='seen', events=[[1.5, 2.5]]),
          'b.mp4': dict(kind='heard', events=[[0, 1]])}


@pytest.fixture
def metric(tmp_path):
    (tmp_path / 'events.json').write_text(json.dumps(EVENTS))
    return PickMetric(str(tmp_path / 'events.json'))


def sample(video, *picks):
    return dict(video_id=video, times=TIMES, picks=torch.tensor(picks))


def test_by_hand(metric):
    # Clips 1 and 2 of a are in its event, clip 0 of b (not 1: it ends before)
    metric.process(None, [sample('a.mp4', 0, 2), sample('b.mp4', 1, 2)])
    assert metric.evaluate(2) == {
        'picks/in_event': .25, 'picks/chance': .375, 'picks/found': .5,
        'picks/found_seen': 1, 'picks/found_heard': 0}


@pytest.mark.parametrize('wrong, message', [
    (dict(video_id='a.mp4'), 'prediction: got no picks with times'),
    (sample('c.mp4', 0), "video_id: got 'c.mp4', expected one of the 2 in"),
])
def test_errors(metric, wrong, message):
    with pytest.raises(ValueError, match=message):
        metric.process(None, [wrong])
