"""What a network looked at: windows, weights, maps and names."""

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample

from s2dnet_mmaction.visualization.seen import (
    at_uniform_frames,
    class_names,
    images,
    raw_views,
    return_seen,
    seen_by,
)
from tests.support import afnet, tiny


@pytest.fixture(scope='module')
def case():
    """Model with heat maps, frames of its first video, and prediction.

    All pixels of a frame are equal, so that what a window shows depends on
    the weights of the frames alone.
    """
    model = tiny.build(
        neck=dict(locator=dict(type='HeatmapLocator'))).eval()
    return_seen(model)
    tiny.open_up(model)
    data = tiny.batch(lengths=(7, 5))
    grey = torch.tensor([0, 40, 200, 90, 255, 10, 130], dtype=torch.uint8)
    data['inputs'][0][:] = grey[:, None, None]
    with torch.no_grad():
        prediction, _ = tiny.run(model, 'predict', data)
    return model, data['inputs'][0][0].transpose(0, 1), prediction


def test_weights_are_what_the_sampler_read(case):
    _, frames, _ = case
    seen = seen_by(*case)
    grey = frames[:, 0, 0, 0].numpy()
    assert len(seen.windows) == 4
    for window in seen.windows:
        assert window.weights.shape == (7, )
        assert window.weights.sum() == pytest.approx(1)
        assert window.image.shape == (16, 20, 3)
        np.testing.assert_allclose(window.image, window.weights @ grey,
                                   atol=0.51)


def test_boxes_frames_and_maps(case):
    model, frames, prediction = case
    seen = seen_by(*case)
    grid = prediction.sampling_grid
    np.testing.assert_array_equal(
        [window.box for window in seen.windows], grid['boxes'][0])
    np.testing.assert_array_equal(seen.frames, frames.permute(0, 2, 3, 1))
    assert seen.whole == [0, 3, 6]
    np.testing.assert_allclose(seen.frame_weights[[0, 3, 6]],
                               grid['heatmap_time'][0], rtol=1e-6)
    # frame 1 lies between frames 0 and 3
    first, second = grid['heatmap_time'][0][:2].tolist()
    assert seen.frame_weights[1] == pytest.approx((2 * first + second) / 3)
    assert list(seen.maps) == [0, 3, 6]
    np.testing.assert_array_equal(seen.maps[3], grid['heatmap_space'][0, 1])


def test_scores_and_truth(case):
    model, frames, prediction = case
    names = [f'name {i}' for i in range(tiny.NUM_CLASSES)]
    seen = seen_by(model, frames, prediction, classes=names)
    assert seen.truth == names[int(prediction.gt_label)]
    likely = {names[i] for i in prediction.topk_label}
    for net, scores in (('answer', prediction.pred_score),
                        ('synopsis net', prediction.synopsis_score)):
        shown = seen.scores[net]
        assert {name for name, _ in shown} == likely
        assert [score for _, score in shown] == sorted(
            (score for _, score in shown), reverse=True)
        for name, score in shown:
            assert score == float(scores[names.index(name)])


@pytest.mark.parametrize('given, frames, expected', [
    ([1, 3], 3, [1, 2, 3]), ([1, 3, 7], 5, [1, 2, 3, 5, 7]),
    ([2], 3, [2, 2, 2]), ([1, 3, 7], 3, [1, 3, 7])])
def test_maps_of_a_backbone_with_temporal_strides(given, frames, expected):
    """The first and the last are those of the first and the last frame."""
    given, expected = torch.tensor(given).float(), torch.tensor(expected)
    assert torch.equal(at_uniform_frames(given, frames), expected.float())
    other = torch.tensor([[1., 2, 0], [4, 8, 0]])  # (h, w)
    assert torch.equal(
        at_uniform_frames(given[:, None, None] * other, frames),
        expected[:, None, None] * other)


def predicted(lengths, neck=None, views=1, **options):
    """Model with heat maps, data and the predictions of its videos."""
    model = tiny.build(
        neck=dict(locator=dict(type='HeatmapLocator')), **options).eval()
    return_seen(model)
    tiny.open_up(model)
    data = tiny.batch(lengths=lengths, views=views)
    with torch.no_grad():
        return model, data, tiny.run(model, 'predict', data)


def test_views_and_other_videos_have_their_own():
    model, data, predictions = predicted((7, 5), views=2)
    for n, (length, prediction) in enumerate(zip((7, 5), predictions)):
        for view in range(2):
            frames = data['inputs'][n][view].transpose(0, 1)
            seen = seen_by(model, frames, prediction, view)
            grid = prediction.sampling_grid
            assert len(seen.frames) == length
            np.testing.assert_array_equal(
                [window.box for window in seen.windows], grid['boxes'][view])
            np.testing.assert_array_equal(
                seen.maps[0], grid['heatmap_space'][view, 0])
            np.testing.assert_array_equal(
                seen.frames, frames.permute(0, 2, 3, 1))


def test_frames_that_are_several_uniform_frames():
    """Of 2 frames the first is twice among 3: its weights add up."""
    model, data, (prediction, _) = predicted((2, 5))
    seen = seen_by(model, data['inputs'][0][0].transpose(0, 1), prediction)
    assert seen.whole == [0, 1] and list(seen.maps) == [0, 1]
    time, space = (prediction.sampling_grid[f'heatmap_{axis}'][0].numpy()
                   for axis in ('time', 'space'))
    np.testing.assert_allclose(
        seen.frame_weights, [time[0] + time[1], time[2]], rtol=1e-6)
    np.testing.assert_allclose(seen.maps[0], space[:2].mean(0), rtol=1e-6)
    np.testing.assert_allclose(seen.maps[1], space[2], rtol=1e-6)


def test_frozen_sampler_has_no_maps():
    model = tiny.build(test_cfg=dict(return_grid=True)).eval()
    data = tiny.batch(lengths=(7, 5))
    with torch.no_grad():
        prediction, _ = tiny.run(model, 'predict', data)
    seen = seen_by(model, data['inputs'][0][0].transpose(0, 1), prediction)
    assert seen.frame_weights is None and seen.maps == {}


def test_errors(case):
    model, frames, prediction = case
    with pytest.raises(ValueError, match='frames: got 6 of them, expected 7'):
        seen_by(model, frames[:6], prediction)
    with pytest.raises(ValueError, match='classes: got 2 names, expected 6'):
        seen_by(model, frames, prediction, classes=['a', 'b'])
    message = r"model.type: got SNet, expected one of \[.*'S2DNet'"
    with pytest.raises(TypeError, match=message):
        seen_by(model.snet, frames, prediction)
    with pytest.raises(ValueError, match=message):
        return_seen(model.snet)


def test_names_and_grey_frames():
    assert class_names(None, 2) == ['class 0', 'class 1']
    grey = images(torch.tensor([[[[0.4, 254.6]]]]))
    assert grey.tolist() == [[[[0, 0, 0], [255, 255, 255]]]]


def test_video_that_ended_after_the_synopsis():
    model = tiny.build(test_cfg=dict(exit_threshold=0)).eval()
    data = tiny.batch(lengths=(7, ))
    with torch.no_grad():
        prediction, = tiny.run(model, 'predict', data)
    seen = seen_by(model, data['inputs'][0][0].transpose(0, 1), prediction)
    assert seen.whole == [0, 3, 6] and seen.windows == ()
    assert seen.scores['answer'] == seen.scores['synopsis net']


def test_frames_that_are_read_later():
    inputs, sample = torch.zeros(1, 3, 2, 4, 4), ActionDataSample()
    assert raw_views(None, inputs, sample) is inputs

    class Source:
        num_frames = 5

        def read(self, positions):
            return list(positions)

    sample.set_metainfo(dict(frame_source=Source()))
    assert raw_views(None, inputs, sample) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize('view', [0, 1])
def test_frames_that_blocks_looked_at(view):
    """Of an AFNet: all frames whole, and the masks of this view."""
    model = afnet.build(test_cfg=None).eval()
    return_seen(model)
    data = afnet.batch(1, views=2)
    prediction, = model.test_step(data)
    views = raw_views(model, data['inputs'][0], prediction)
    assert views.shape == (2, 3, afnet.T, 32, 32)
    assert torch.equal(views[1, :, 2], data['inputs'][0][afnet.T + 2])
    seen = seen_by(model, views[view].transpose(0, 1), prediction, view)
    assert seen.whole == list(range(afnet.T))
    first = view * afnet.T
    np.testing.assert_array_equal(
        seen.kept, prediction.keep_masks[:, first:first + afnet.T])
    best, score = seen.scores['answer'][0]
    assert best == f'class {int(prediction.pred_label)}'
    assert score == pytest.approx(float(prediction.pred_score.max()))
    assert len(seen.scores['answer']) == 5
