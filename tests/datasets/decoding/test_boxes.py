"""Boxes of images: where each pixel is read."""

import mmcv
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dnet_mmaction.datasets.decoding.boxes import make_cut

HEIGHT, WIDTH = 40, 60


def plane(height=HEIGHT, width=WIDTH):
    """An image that holds the places (x, y) of its pixels' centres."""
    y, x = np.mgrid[:height, :width] + 0.5
    return np.stack([x, y], -1).astype(np.float32)


def cut_one(image, box, size, interpolation='bilinear'):
    cut = make_cut(np.array([box]), size, image.shape[:2], interpolation)
    out = np.full((1, *size, *image.shape[2:]), 77, image.dtype)
    cut(image, out)
    return out[0]


@given(
    left=st.floats(2, 20), top=st.floats(2, 10), width=st.floats(4, 36),
    height=st.floats(4, 26), size=st.tuples(st.integers(1, 50),
                                            st.integers(1, 50)))
def test_centres(left, top, width, height, size):
    """Output pixel i is read at left + (i + 0.5) * width / n."""
    got = cut_one(plane(), (left, top, left + width, top + height), size)
    y = top + (np.arange(size[0]) + 0.5) * height / size[0]
    x = left + (np.arange(size[1]) + 0.5) * width / size[1]
    # Whole boxes are clamped to their border pixels' centres when enlarged.
    inside_x = (x > left + 0.5) & (x < left + width - 0.5)
    inside_y = (y > top + 0.5) & (y < top + height - 0.5)
    tolerance = 1 / 64 + 0.011  # the tables', and boxes taken for whole
    np.testing.assert_allclose(
        got[inside_y][:, inside_x, 0],
        np.broadcast_to(x[inside_x], (inside_y.sum(), inside_x.sum())),
        atol=tolerance)
    np.testing.assert_allclose(
        got[inside_y][:, inside_x, 1],
        np.broadcast_to(y[inside_y][:, None],
                        (inside_y.sum(), inside_x.sum())),
        atol=tolerance)


def noise(seed=0, height=HEIGHT, width=WIDTH):
    return np.random.default_rng(seed).integers(
        0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize('interpolation', [
    'nearest', 'bilinear', 'bicubic', 'area', 'lanczos'])
def test_whole_box_equals_crop_and_resize_of_mmaction2(interpolation):
    image = noise()
    got = cut_one(image, (7, 3, 51, 33), (24, 20), interpolation)
    expected = mmcv.imresize(
        image[3:33, 7:51], (20, 24), interpolation=interpolation)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize('interpolation', ['bilinear', 'bicubic', 'area'])
def test_crop_of_a_resized_image_equals_mmaction2(interpolation):
    image = noise()
    resized = mmcv.imresize(image, (47, 31), interpolation=interpolation)
    scale = np.float32([WIDTH / 47, HEIGHT / 31] * 2)
    box = np.float32([9, 2, 29, 26]) * scale
    got = cut_one(image, box, (24, 20), interpolation)
    np.testing.assert_array_equal(got, resized[2:26, 9:29])


@pytest.mark.parametrize('boxes', [
    [(0, 0, 20, 24), (40, 16, 60, 40), (20, 8, 40, 32)],  # whole
    [(0.3, 0, 20.3, 24), (31.7, 9.2, 51.7, 33.2)],  # between
    np.array([(0, 0, 20, 24), (27, 7, 47, 31)])
    * np.tile((WIDTH / 47, HEIGHT / 31), 2)  # of a resized image
])
def test_several_boxes_are_like_one_and_one(boxes):
    image = noise()
    cut = make_cut(np.array(boxes), (24, 20), image.shape[:2])
    outs = np.empty((len(boxes), 24, 20, 3), np.uint8)
    cut(image, outs)
    for box, out in zip(boxes, outs):
        np.testing.assert_array_equal(out, cut_one(image, box, (24, 20)))


def test_gray_images_without_channels():
    image = noise()[..., 0]
    for box in ((7, 3, 51, 33), (7.4, 3.4, 51.3, 33.6)):
        assert cut_one(image, box, (24, 20)).shape == (24, 20)


@pytest.mark.parametrize('box', [(7, 3, 7, 30), (7.2, 9.5, 20.1, 8.1)])
def test_empty_box(box):
    with pytest.raises(ValueError, match='box: got .* expected left < right'):
        make_cut(np.array([box]), (4, 4), (HEIGHT, WIDTH))


def test_unknown_interpolation():
    with pytest.raises(ValueError, match="interpolation: got 'cubist'"):
        make_cut(np.array([(0, 0, 4, 4)]), (4, 4), (8, 8), 'cubist')
