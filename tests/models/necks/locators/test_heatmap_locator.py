"""Centres as expectations over heat maps."""

import pytest
import torch
import torch.nn as nn

from s2dnet_mmaction.functional.sampling.grid import Theta, grid_positions
from s2dnet_mmaction.models.necks import HeatmapLocator
from s2dnet_mmaction.models.necks.locators.heatmap_locator import _contrast
from s2dnet_mmaction.models.necks.locators.strides import Strides
from tests.support.necks import (
    IN_SHAPE,
    NUM_CLASSES,
    SIZE,
    build,
    inputs,
    synopsis,
)

FRAME_SIZE = (12, 16)


def locator(open_up=True, **options):
    """With random weights in place of the zeros that it starts with."""
    torch.manual_seed(0)
    module = HeatmapLocator(
        IN_SHAPE, NUM_CLASSES, Strides(SIZE), **options).double()
    if open_up:
        for layer in (module.maps, *module.fcs.values()):
            for parameter in layer.parameters():
                nn.init.normal_(parameter)
    return module


def features(batch=3):
    _, lengths, e, s = inputs(batch)
    return (e.double(), s.double(), lengths.double(),
            synopsis(batch).double())


def run(module, *changes):
    e, s, lengths, frames = changes or features()
    return module(e, s, lengths, FRAME_SIZE, frames)


def contrast(synopsis):
    """Means of cells of 3 x 2 px, standardised per video and channel."""
    cells = synopsis.transpose(1, 2).unflatten(-1, (4, 2)).unflatten(
        -3, (2, 3)).mean((-3, -1))  # (B, C, T, 2, 4)
    flat = cells.flatten(2)
    std = flat.var(-1, unbiased=False, keepdim=True).add(1e-5).sqrt()
    return ((flat - flat.mean(-1, keepdim=True)) / std).view_as(cells)


def features_z(module, e, s, synopsis):
    """conv1x1x1 of [e, c, E(s)], BN, ReLU, with one weight matrix."""
    weight = torch.cat([module.reduce.conv.weight.flatten(1),
                        module.reduce.linear.weight], dim=1)
    joined = torch.cat(
        [e, contrast(synopsis),
         s[..., None, None, None].expand(-1, -1, *e.shape[2:])], dim=1)
    z = torch.einsum('oc,bcthw->bothw', weight, joined)
    return nn.BatchNorm3d(32).double()(z).relu()


@pytest.mark.parametrize('kernel_size', [1, 3])
def test_is_what_its_docstring_says(kernel_size):
    module = locator(temperature=2.0, kernel_size=kernel_size)
    e, s, lengths, frames = features()
    z = features_z(module, e, s, frames)
    h_t, h_s = nn.functional.conv3d(
        z, module.maps.weight, padding=kernel_size // 2).unbind(1)
    a = (h_t / 2).exp().sum((2, 3))  # softmax of logsumexp
    a = a / a.sum(1, keepdim=True)
    q = (h_s / 2).exp()
    q = q / q.sum((2, 3), keepdim=True)
    theta, heatmaps = run(module)
    torch.testing.assert_close(heatmaps.time, a)
    torch.testing.assert_close(heatmaps.space, q)

    t = torch.tensor([-1., 0., 1.]).double()
    y = torch.tensor([-.5, .5]).double()
    x = torch.tensor([-.75, -.25, .25, .75]).double()
    torch.testing.assert_close(theta.center_t, (a * t).sum(1))
    of_frame = torch.stack([(q * y[:, None]).sum((2, 3)),
                            (q * x).sum((2, 3))], dim=-1)  # (B, T_S, 2)
    theta = Theta(*(number.detach() for number in theta))
    p = grid_positions(theta.center_t, theta.stride_t, SIZE[0], lengths)
    for b, last in enumerate((lengths - 1).tolist()):
        for z_d in range(SIZE[0]):
            at = min(max(float(p[b, z_d]) * 2 / max(last, 1), 0), 2)
            low = min(int(at), 1)  # T_S is 3
            center = of_frame[b, low] + (at - low) * (
                of_frame[b, low + 1] - of_frame[b, low])
            got = torch.stack([theta.center_y[b, z_d], theta.center_x[b, z_d]])
            torch.testing.assert_close(got, center)

    pooled = torch.einsum('bt,bthw,bcthw->bc', a, q, z)
    delta_t = module.fcs['time'](pooled)[:, 0]
    torch.testing.assert_close(theta.stride_t, lengths / 8 * delta_t.exp())
    delta = module.fcs['space'](pooled).exp()
    for got, expected in ((theta.stride_y, delta[:, :1]),
                          (theta.stride_x, delta[:, 1:])):
        torch.testing.assert_close(got, expected.expand(3, 4))


def test_starts_with_the_first_window():
    """Centre 0 and the first strides, as the supplement."""
    theta, heatmaps = run(locator(open_up=False))
    for name in ('center_t', 'center_y', 'center_x'):
        assert getattr(theta, name).abs().max() < 1e-12
    lengths = features()[2]
    torch.testing.assert_close(theta.stride_t, lengths / 8)
    assert (theta.stride_y == 1).all() and (theta.stride_x == 1).all()
    assert (heatmaps.time - 1 / 3).abs().max() < 1e-12
    assert (heatmaps.space - 1 / 8).abs().max() < 1e-12


def test_all_weights_but_the_first_layer_learn_from_the_start():
    """Zeros do not stop the gradient of the maps and the FCs."""
    module = locator(open_up=False)
    theta, _ = run(module)
    sum((n * torch.randn_like(n)).sum() for n in theta).backward()
    for layer in (module.maps, *module.fcs.values()):
        assert layer.weight.grad.abs().min() > 0


@pytest.mark.parametrize('peak', [(0, 0, 0), (2, 1, 3), (1, 1, 0)])
def test_a_peak_is_the_centre(peak):
    """Frames are from the first to the last; cells fill the frame."""
    module = locator(kernel_size=1).eval()
    e, s, lengths, frames = features(1)
    t, y, x = peak
    with torch.no_grad():
        for weight in (module.reduce.conv.weight, module.reduce.linear.weight,
                       module.maps.weight):
            weight.zero_()
        module.reduce.conv.weight[0, 0] = 1
        module.maps.weight[:, 0] = 1000
    e = torch.zeros_like(e)
    e[0, 0, :, y, x] = 1
    e[0, 0, t, y, x] = 2
    theta, _ = run(module, e, s, lengths, frames)
    assert theta.center_t.item() == pytest.approx((-1, 0, 1)[t])
    assert theta.center_y[0].tolist() == pytest.approx([(-.5, .5)[y]] * 4)
    assert theta.center_x[0].tolist() == pytest.approx(
        [(-.75, -.25, .25, .75)[x]] * 4)


def test_any_size_and_length():
    """Nothing is flattened. One frame, and one cell, are legal."""
    module = locator().eval()
    for shape in ((1, 1, 1), (5, 7, 3), (1, 4, 4)):
        e = torch.randn(2, IN_SHAPE[0], *shape).double()
        theta, heatmaps = module(
            e, torch.eye(5).double()[:2], torch.tensor([1., 30.]).double(),
            (9, 9), torch.randn(2, shape[0], 3, 11, 10).double())
        assert heatmaps.space.shape == (2, *shape)
        for number in theta:
            assert number.isfinite().all()
        assert theta.center_y.abs().max() <= 1


@pytest.mark.parametrize('axes', [('time', ), ('space', )])
def test_one_axis(axes):
    """The other is frozen, and has no map."""
    theta, heatmaps = run(locator(axes=axes))
    lengths = features()[2]
    if 'time' in axes:
        assert heatmaps.space is None and (theta.stride_x == 1).all()
        assert (theta.center_y == 0).all() and theta.center_t.abs().min() > 0
    else:
        assert heatmaps.time is None and (theta.center_t == 0).all()
        torch.testing.assert_close(theta.stride_t, lengths / 4)
        assert theta.center_y.abs().min() > 0


def test_stride_per_frame():
    """From z averaged within a frame; the same numbers if z is the same."""
    one, other = locator(), locator(stride_per='frame')
    theta, same = run(one)[0], run(other)[0]
    assert (theta.stride_y == theta.stride_y[:, :1]).all()
    assert (same.stride_y[0] != same.stride_y[0, 0]).any()
    e, s, lengths, frames = features()
    still = e[:, :, :1].expand_as(e)
    # with all frames the same, padding in time would make them differ
    one, other = (locator(kernel_size=1, stride_per=per)
                  for per in ('video', 'frame'))
    theta, same = (
        run(module, still, s, lengths, frames[:, :1].expand_as(frames))[0]
        for module in (one, other))
    torch.testing.assert_close(theta.stride_y, same.stride_y)


def test_isotropic():
    theta, _ = run(locator(isotropic=True))
    assert torch.equal(theta.stride_y, theta.stride_x)
    theta, _ = run(locator())
    assert (theta.stride_y != theta.stride_x).any()


def test_windows_move_smoothly():
    """Centres between two synopsis frames lie between those of the two."""
    module = locator()
    nn.init.zeros_(module.fcs['time'].weight)
    nn.init.zeros_(module.fcs['time'].bias)  # a time stride of 25 frames
    e, s, _, frames = features()
    lengths = torch.full((3, ), 200.).double()
    theta, _ = run(module, e, s, lengths, frames)
    # synopsis frames are 99.5 frames apart and their centres at most 1
    steps = theta.center_y.diff(dim=1).abs()
    assert 0 < steps.max() < 25 / 99.5 + 1e-6


def test_float32_under_autocast():
    results = []
    for enabled in (False, True):
        module = locator().float()
        e, s, lengths, frames = (part.float() for part in features())
        with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
            theta, _ = module(e, s, lengths, FRAME_SIZE, frames)
        sum(number.sum() for number in theta).backward()
        results.append([*theta, *(p.grad for p in module.parameters())])
    for one, other in zip(*results):
        assert torch.equal(one, other)


def test_sampler_builds_it_and_passes_its_maps_on():
    sampler = build(locator=dict(type='HeatmapLocator')).train()
    detail = sampler(*inputs(), synopsis=synopsis())
    assert detail.heatmaps.space.shape == (3, *IN_SHAPE[1:])
    detail.volume.sum().backward()
    assert sampler.locator.maps.weight.grad.abs().max() > 0
    sampler.live = False
    assert sampler(*inputs()).heatmaps is None


def test_finds_what_e_does_not_show():
    """With the same e everywhere the maps follow the synopsis."""
    module = locator(kernel_size=1).eval()
    with torch.no_grad():
        for weight in (module.reduce.conv.weight, module.reduce.linear.weight,
                       module.maps.weight):
            weight.zero_()
        module.reduce.conv.weight[0, IN_SHAPE[0]] = 1  # red
        module.maps.weight[:, 0] = 1000
    e, s, lengths, frames = features(1)
    frames = torch.ones_like(frames)
    frames[0, 2, 0, :3, 6:] = 1.01  # the last cell of the first row
    theta, _ = run(module, torch.zeros_like(e), s, lengths, frames)
    assert theta.center_t.item() == pytest.approx(1)
    assert theta.center_y[0, -1].item() == pytest.approx(-.5)
    assert theta.center_x[0, -1].item() == pytest.approx(.75)
    module = locator(synopsis_channels=0)
    assert module.reduce.conv.in_channels == IN_SHAPE[0]
    run(module, e, s, lengths, None)


def test_brightness_and_contrast_do_not_matter():
    module = locator()
    e, s, lengths, frames = features()
    torch.testing.assert_close(
        run(module, e, s, lengths, 3 * frames + 7)[0],
        run(module, e, s, lengths, frames)[0], atol=1e-4, rtol=1e-3)


def test_large_synopsis_is_read_in_part():
    """What is read still represents each cell."""
    module = locator()
    e, s, lengths, _ = features()
    cells = torch.randn(3, 3, 3, 2, 4).double()
    small, large = (
        cells.repeat_interleave(n, -1).repeat_interleave(n, -2)
        for n in (3, 96))
    torch.testing.assert_close(
        run(module, e, s, lengths, large), run(module, e, s, lengths, small))


def test_cells_of_a_large_synopsis_are_not_shifted():
    """Brightness that rises from left to right, and its mirror image."""
    ramp = torch.arange(144.).double().expand(1, 1, 1, 144, 144)
    c = _contrast(ramp, (1, 5, 5))[0, 0, 0]
    middle = torch.tensor([-2., -1., 0., 1., 2.]).double() / 2**0.5
    assert (c - middle).abs().max() < 0.03
    assert (c.mean(0) + c.mean(0).flip(0)).abs().max() < 0.05


@pytest.mark.parametrize('frames, expected', [
    (6, [-1, 0, 1]), (3, [-1, 0, 1]), (4, [-1, 0, 1])])
def test_fewer_features_than_frames(frames, expected):
    """A backbone with temporal strides: frames are averaged."""
    rising = torch.arange(frames).double().view(1, frames, 1, 1, 1)
    c = _contrast(rising.expand(1, frames, 2, 4, 6), (3, 2, 3))
    assert c.shape == (1, 2, 3, 2, 3)
    torch.testing.assert_close(
        c, torch.tensor(expected).view(1, 1, 3, 1, 1).expand_as(c) *
        1.5**0.5, atol=1e-4, rtol=1e-4, check_dtype=False)
    module = locator()
    e, s, lengths, _ = features()
    synopsis = torch.randn(3, frames, 3, 6, 8).double()
    theta, maps = run(module, e, s, lengths, synopsis)
    assert maps.time.shape == (3, 3) and theta.center_t.isfinite().all()


@pytest.mark.parametrize('channels', [32, 1280])
def test_synopsis_counts_beside_any_number_of_features(channels):
    """In z at the start, c as unit noise."""
    torch.manual_seed(0)
    module = HeatmapLocator((channels, 3, 2, 4), 9, Strides(SIZE))
    of_c = module.reduce.conv.weight[:, channels:].detach().flatten(1)
    assert of_c.norm(dim=1).mean() == pytest.approx(44**-.5, rel=.15)


def test_black_videos():
    e, s, lengths, frames = features()
    theta, _ = run(locator(), e, s, lengths, torch.zeros_like(frames))
    assert all(number.isfinite().all() for number in theta)


@pytest.mark.parametrize('options, match', [
    (dict(stride_per='pixel'), "stride_per: got 'pixel'"),
    (dict(temperature=0), 'temperature: got 0'),
    (dict(kernel_size=2), 'kernel_size: got 2, expected an odd number'),
    (dict(synopsis_channels=-1), 'synopsis_channels: got -1'),
    (dict(mid_channels=0), 'mid_channels: got 0'),
])
def test_errors(options, match):
    with pytest.raises(ValueError, match=match):
        locator(**options)


def test_features_of_another_net():
    with pytest.raises(ValueError, match='e: got'):
        run(locator(), torch.zeros(3, 7, 3, 2, 4), *features()[1:])


@pytest.mark.parametrize('frames', [None, torch.zeros(3, 3, 1, 6, 8)])
def test_no_synopsis_to_see(frames):
    with pytest.raises((TypeError, ValueError), match='^synopsis.*: got'):
        run(locator(), *features()[:3], frames)
