"""Theta as it is recorded, packed and unpacked."""

import pytest
import torch

from s2dnet_mmaction.engine.hooks.theta_record import (
    RecordedTheta,
    ThetaRecord,
)
from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.models.necks.detail_sampler import Detail
from tests.support import tiny


def test_rows_are_unpacked_as_they_were_packed():
    model = tiny.build().eval()
    tiny.open_up(model)
    record = ThetaRecord(model.neck)
    with torch.no_grad():
        tiny.run(model, 'predict', tiny.batch(lengths=(7, 5)))
    recorded = record.take()
    assert record.take() is None
    assert recorded.frame_size == (24, 28)
    assert recorded.lengths.tolist() == [7, 5]
    again = RecordedTheta.unpack(recorded.pack())
    assert all(map(torch.equal, again.theta, recorded.theta))
    assert again.lengths.tolist() == [7, 5]
    assert again.frame_size.tolist() == [[24, 28], [24, 28]]
    for one, other in zip(again[:3], RecordedTheta.unpack(again.pack())):
        assert all(map(torch.equal, one, other))


@pytest.mark.parametrize('axes', [('time', 'space'), ('time', ), ('space', )])
@pytest.mark.parametrize('locator', ['LocationScale', 'HeatmapLocator'])
def test_grid_is_that_of_the_prediction(locator, axes):
    """Of each view, with the heat maps that the locator has."""
    model = tiny.build(
        neck=dict(locator=dict(type=locator), axes=axes),
        test_cfg=dict(return_grid=True)).eval()
    tiny.open_up(model, scale=3)
    record = ThetaRecord(model.neck)
    samples = tiny.run(
        model, 'predict', tiny.batch(lengths=(7, 5), views=2))
    recorded = record.take()
    assert not any(maps.requires_grad for maps in recorded.heatmaps
                   if maps is not None)
    for n, sample in enumerate(samples):
        for view in range(2):
            grid = recorded.grid(2 * n + view, model.neck.size)
            assert set(grid) == set(sample.sampling_grid)
            assert (f'heatmap_{axes[0]}' in grid) == (
                locator == 'HeatmapLocator')
            for name, value in sample.sampling_grid.items():
                assert torch.equal(grid[name], value[view]), name


@pytest.mark.parametrize('lengths', [None, [341, 299]])
def test_sizes_survive_half_precision(lengths):
    """341 is 340 in bfloat16, 455 is 456."""
    sampler = torch.nn.Identity()
    record = ThetaRecord(sampler)
    numbers = torch.full((2, 4), 0.5, dtype=torch.bfloat16)
    theta = Theta(numbers[:, 0], numbers[:, 0], *[numbers] * 4)
    sampler.forward = lambda frames, lengths=None: Detail(
        None, theta, None)
    frames = torch.empty(2, 341, 0, 341, 455)
    sampler(frames, None if lengths is None else torch.tensor(lengths))
    recorded = RecordedTheta.unpack(record.take().pack())
    assert recorded.frame_size.tolist() == [[341, 455]] * 2
    assert recorded.lengths.tolist() == (lengths or [341, 341])
    assert torch.equal(recorded.theta.center_y, numbers.float())
