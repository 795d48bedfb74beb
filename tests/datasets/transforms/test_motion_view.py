"""A file whose content moves by known pixels says so."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import ClipInit, MotionView
from tests.support import videos

MOVES = 3, -2  # pixels per frame, to the right and down
SIZE = 24, 32
CANDIDATES = np.arange(24).reshape(2, 12)
PLAIN = dict(
    mpeg4=dict(codec='mpeg4', g='12', b='2M'),
    mpeg2=dict(codec='mpeg2video', g='12', b='2M', bf='0'),
    mpeg1=dict(codec='mpeg1video', g='12', b='2M', bf='0'),
    h263=dict(codec='h263p', g='12', b='2M'),
    flv=dict(codec='flv', g='12', b='2M'),
    wmv1=dict(codec='wmv1', g='12', b='2M'),
    wmv2=dict(codec='wmv2', g='12', b='2M'),
    msmpeg4=dict(codec='msmpeg4', g='12', b='2M'),
    h264={'g': '12', 'bf': '0', 'crf': '18', 'refs': '1'},
    # P-frames then refer to one 3 frames before.
    b_frames={'g': '12', 'crf': '18', 'refs': '1', 'x264-params':
              'bframes=2:b-adapt=0:b-pyramid=none'})


@pytest.fixture(scope='module')
def frames():
    rng = np.random.default_rng(0)
    ground = cv2.GaussianBlur(
        rng.uniform(0, 255, (400, 400, 3)).astype(np.float32), (0, 0), 2)
    low, high = ground.min(), ground.max()
    ground = ((ground - low) / (high - low) * 255).astype(np.uint8)
    x, y = MOVES
    return np.stack([ground[120 - y * t:216 - y * t, 120 - x * t:248 - x * t]
                     for t in range(24)])


def opened(path, frames, motion_vectors=True, **options):
    init_default_scope('mmaction')
    videos.write(path, frames, **options)
    return ClipInit(motion_vectors=motion_vectors)(dict(filename=str(path)))


def as_pixels(maps, short_side=96):
    """Pixels per frame from the bytes."""
    return (maps.float() - 128) * 20 / 127.5 * short_side / 256


@pytest.mark.parametrize('name', PLAIN)
def test_pixels_per_frame(tmp_path, frames, name):
    container = dict(
        mpeg1='mpg', mpeg2='mpg', flv='flv', h263='avi', wmv1='wmv',
        wmv2='wmv').get(
        name, 'mkv')
    results = opened(tmp_path / f'a.{container}', frames, **PLAIN[name])
    maps = MotionView(3, SIZE).read(results, CANDIDATES)
    assert maps.shape == (2, 3, 2, *SIZE) and maps.dtype == torch.uint8
    middle = as_pixels(maps)[..., 6:-6, 6:-6].flatten(3).median(3).values
    for axis in (0, 1):
        torch.testing.assert_close(
            middle[:, :, axis], torch.full((2, 3), float(MOVES[axis])),
            atol=.25, rtol=0)


@pytest.mark.parametrize('interval', [2, 3])
def test_frames_that_a_clip_leaves_out(tmp_path, frames, interval):
    """Vectors are those of neighbouring frames all the same."""
    results = opened(tmp_path / 'a.mkv', frames, **PLAIN['mpeg4'])
    candidates = np.arange(0, 12, interval)[None]
    view = MotionView(3, SIZE)
    last = candidates[0, -1]
    assert view.read(results, candidates).equal(
        view.read(results, np.arange(last + 1)[None]))


@pytest.mark.parametrize('accumulated', [False, True])
def test_a_clip_that_starts_again(tmp_path, frames, accumulated):
    results = opened(tmp_path / 'a.mkv', frames, **PLAIN['mpeg4'])
    view = MotionView(3, SIZE, accumulated=accumulated)
    wrapped = np.array([[0, 8, 16, 4, 12, 0, 8, 16]])
    assert view.read(results, wrapped).equal(
        view.read(results, np.arange(17)[None]))


def test_motion_since_the_key(tmp_path, frames):
    results = opened(tmp_path / 'a.mkv', frames, **PLAIN['mpeg4'])
    maps = MotionView(11, SIZE, accumulated=True).read(results, CANDIDATES)
    across = as_pixels(maps)[:, :, 0, 8:-8, 8:-8].flatten(2).median(2).values
    # of P-frames 1 ... 11 after each key, up to what a byte holds
    expected = (torch.arange(1, 12) * 3.).clamp(
        max=as_pixels(torch.tensor(255)).item())
    torch.testing.assert_close(across, expected.expand(2, -1), atol=.5,
                               rtol=0)


@pytest.mark.parametrize('accumulated', [False, True])
def test_motion_leaves_little(tmp_path, frames, accumulated):
    results = opened(tmp_path / 'a.mkv', frames, **PLAIN['mpeg4'])
    view = MotionView(3, (96, 128), residuals=True, accumulated=accumulated)
    maps = view.read(results, CANDIDATES)
    assert maps.shape == (2, 3, 5, 96, 128)
    left = (maps[:, :, 2:, 24:-24, 40:-24].float() - 128).abs().mean()
    still = np.abs(np.diff(frames[::4].astype(float), axis=0)).mean()
    assert left < still / 5


def test_a_key_alone_is_still(tmp_path, frames):
    results = opened(tmp_path / 'a.mkv', frames, **PLAIN['mpeg4'])
    maps = MotionView(2, SIZE).read(results, np.array([[0], [12]]))
    assert (maps == 128).all()


def test_clips_that_overlap(tmp_path, frames):
    results = opened(tmp_path / 'a.mkv', frames, **PLAIN['mpeg4'])
    view = MotionView(2, SIZE)
    overlapping = np.array([[0, 1, 2, 3], [2, 3, 4, 5]])
    both = view.read(results, overlapping)
    for i in range(2):
        assert view.read(results, overlapping[i:i + 1])[0].equal(both[i])


@pytest.mark.parametrize('options, message', [
    (dict(codec='libvpx-vp9', deadline='realtime'), 'the codec vp9, expected'),
    (dict(codec='mjpeg', pix_fmt='yuvj420p'), 'the codec mjpeg, expected'),
    (dict(motion_vectors=False), r'Set ClipInit\(motion_vectors=True\)'),
])
def test_videos_without(tmp_path, frames, options, message):
    results = opened(tmp_path / 'a.mkv', frames, **options)
    with pytest.raises(ValueError, match=message):
        MotionView(2, SIZE).read(results, CANDIDATES)


def test_frames_without():
    with pytest.raises(ValueError, match='motion vectors: got frames'):
        MotionView(2, SIZE).read(dict(frame_dir='a'), CANDIDATES)


@pytest.mark.parametrize('options, message', [
    (dict(num_frames=0, size=24), 'num_frames: got 0'),
    (dict(num_frames=2, size=(24, 0)), 'size: got 0'),
])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        MotionView(**options)
