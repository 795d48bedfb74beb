"""S2DNet with true places."""

import pytest
import torch

from s2dnet_mmaction.functional import detail_sample
from s2dnet_mmaction.functional.sampling.grid import Theta
from tests.support import tiny

PLACES = [(0.5, -0.25, 0.75), (-1.0, 0.0, 1.0)]


def build(**neck):
    return tiny.build(
        type='OracleS2DNet', neck=dict(type='OracleSampler', **neck))


def batch(places=PLACES, **kwargs):
    data = tiny.batch(**kwargs)
    for sample, place in zip(data['data_samples'], places):
        sample.set_metainfo(dict(place=place))
    return data


def watch(model):
    """Note each (frames, lengths) and (volume, theta) of the sampler."""
    calls = []
    model.neck.register_forward_hook(
        lambda module, inputs, outputs: calls.append((inputs, outputs)))
    return calls


@pytest.mark.parametrize('step', ['train_loss', 'test'])
def test_window_is_at_the_place(step):
    model = build(stride=(2.0, 1.5))
    calls = watch(model)
    data = model.data_preprocessor(batch(), training=step == 'train_loss')
    if step == 'test':
        model.eval()
        model(**data, mode='predict')
    else:
        losses = model(**data, mode='loss')
        losses['loss_detail'].backward()
        assert all(p.grad is not None for p in model.dnet.parameters())
    (frames, lengths, *_), (volume, theta, *_) = calls[0]
    t, y, x = torch.tensor(PLACES).unbind(1)
    ones = torch.ones(2, 4)
    expected = Theta(t, torch.full((2, ), 2.0), y[:, None] * ones, 1.5 * ones,
                     x[:, None] * ones, 1.5 * ones)
    for one, other in zip(theta, expected):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    torch.testing.assert_close(
        volume,
        detail_sample(frames, lengths, **expected._asdict(), size=(4, 16, 20),
                      **model.data_preprocessor.statistics))


def test_views_of_a_video_share_its_place():
    model = build().eval()
    calls = watch(model)
    data = model.data_preprocessor(batch(views=2), training=False)
    model(**data, mode='predict')
    assert calls[0][1][1].center_t.tolist() == [.5, .5, -1., -1.]


@pytest.mark.parametrize('axes', ['time', 'space'])
def test_place_along_one_axis(axes):
    model = build(axes=(axes, )).eval()
    calls = watch(model)
    data = model.data_preprocessor(batch(), training=False)
    model(**data, mode='predict')
    theta = calls[0][1][1]
    timed = axes == 'time'
    assert theta.center_t.tolist() == ([.5, -1.] if timed else [0., 0.])
    assert theta.stride_t.tolist() == ([1., 1.] if timed else [7 / 4, 5 / 4])
    assert theta.center_y[:, 0].tolist() == ([0., 0.] if timed else [-.25, 0.])
    assert theta.center_x[:, 3].tolist() == ([0., 0.] if timed else [.75, 1.])


def test_frozen_changes_nothing():
    """As a TwoStageHook would leave it in stage 1."""
    model = build().eval()
    model.neck.live = False
    calls = watch(model)
    data = model.data_preprocessor(batch(), training=False)
    model(**data, mode='predict')
    assert calls[0][1][1].center_t.tolist() == [.5, -1.]


def test_without_places():
    model = build()
    data = model.data_preprocessor(tiny.batch(), training=True)
    with pytest.raises(ValueError, match="meta_keys=.*'place'"):
        model(**data, mode='loss')


def test_without_data_samples():
    """As MMAction2 counts operations."""
    model = build().eval()
    data = model.data_preprocessor(batch(), training=False)
    with pytest.raises(ValueError, match='mode: .*in the data samples'):
        model(data['inputs'], mode='tensor')


def test_wrong_parts():
    with pytest.raises(ValueError, match='OracleSampler'):
        tiny.build(type='OracleS2DNet')
