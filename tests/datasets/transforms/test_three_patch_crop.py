"""Three crops along the longer side, compared with MMAction2's ThreeCrop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmaction.datasets.transforms import ThreeCrop
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import ThreePatchCrop


def frames(height, width, total=2):
    """Images whose pixel holds (x, y, t)."""
    y, x = np.mgrid[:height, :width]
    return [
        np.stack([x, y, np.full_like(x, t)], -1).astype(np.uint16)
        for t in range(total)
    ]


def corners(height, width, crop_size, total=2):
    """(x, y) at the corner of each crop; checks all that follows from it."""
    imgs = frames(height, width, total)
    results = ThreePatchCrop(crop_size)(dict(imgs=imgs))
    crop_w, crop_h = results['crop_bbox'][0, 2:] - results['crop_bbox'][0, :2]
    assert results['img_shape'] == (crop_h, crop_w)
    assert len(results['imgs']) == len(results['crop_bbox']) == 3 * total
    for i, (img, box) in enumerate(zip(results['imgs'],
                                       results['crop_bbox'])):
        assert img.shape == (crop_h, crop_w, 3)
        assert img[0, 0, 2] == i % total  # all frames of a crop, then the next
        assert img[0, 0, :2].tolist() == box[:2].tolist()
        assert (img[-1, -1, :2] + 1).tolist() == box[2:].tolist()
    return [tuple(img[0, 0, :2].tolist()) for img in results['imgs'][::total]]


def test_the_papers_crops():
    """224 from a short side of 256: left, right, middle; top, bottom, ..."""
    assert corners(256, 340, 224) == [(0, 16), (116, 16), (58, 16)]
    assert corners(340, 256, 224) == [(16, 0), (16, 116), (16, 58)]
    assert corners(256, 256, 224) == [(0, 16), (32, 16), (16, 16)]


def test_crop_size_is_width_then_height():
    assert corners(20, 40, (10, 4)) == [(0, 8), (30, 8), (15, 8)]
    assert corners(20, 40, [4, 10]) == [(0, 5), (36, 5), (18, 5)]


def test_crop_of_the_whole_frame():
    assert corners(20, 40, (40, 20)) == [(0, 0)] * 3


def test_odd_remainder_is_cut_at_the_end():
    assert corners(8, 13, 8) == [(0, 0), (4, 0), (2, 0)]
    assert corners(13, 13, 8) == [(0, 2), (4, 2), (2, 2)]


@given(
    height=st.integers(1, 24),
    width=st.integers(1, 24),
    crop=st.integers(1, 24),
    whole_height=st.booleans())
def test_equals_three_crop_where_that_works(height, width, crop,
                                                whole_height):
    if whole_height:
        crop_size = (min(crop, width), height)
    else:
        crop_size = (width, min(crop, height))
    expected = ThreeCrop(crop_size)(dict(imgs=frames(height, width)))
    got = ThreePatchCrop(crop_size)(dict(imgs=frames(height, width)))
    np.testing.assert_array_equal(got['imgs'], expected['imgs'])
    np.testing.assert_array_equal(got['crop_bbox'], expected['crop_bbox'])
    assert got['crop_bbox'].dtype == expected['crop_bbox'].dtype
    assert got['img_shape'] == expected['img_shape']


def test_each_view_is_one_crop():
    init_default_scope('mmaction')
    imgs = frames(12, 20, total=7)
    results = Compose([
        dict(type='SampleStridedFrames', frame_interval=2, test_mode=True),
        lambda results: dict(
            results, imgs=[imgs[t] for t in results['frame_inds']]),
        dict(type='ThreePatchCrop', crop_size=8),
        dict(type='FormatShape', input_format='NCTHW')
    ])(dict(total_frames=7, start_index=0))
    views = results['imgs']
    assert views.shape == results['input_shape'] == (3, 3, 4, 8, 8)
    for view, x in zip(views, (0, 12, 6)):
        assert (view[0] == np.arange(x, x + 8)).all()
        assert (view[1] == np.arange(2, 10)[:, None]).all()
        assert (view[2] == np.array([0, 2, 4, 6])[:, None, None]).all()


@pytest.mark.parametrize('height, width', [(256, 200), (200, 256)])
def test_crop_larger_than_the_frame(height, width):
    with pytest.raises(
            ValueError,
            match=r'crop_size: got \(w, h\) = \(224, 224\), expected at most '
            rf'the frame, \(w, h\) = \({width}, {height}\)'):
        ThreePatchCrop(224)(dict(imgs=frames(height, width)))


def test_pending_lazy_operations():
    with pytest.raises(ValueError, match='Put Fuse before this crop'):
        ThreePatchCrop(4)(dict(imgs=frames(8, 8), lazy={}))


@pytest.mark.parametrize('crop_size, error, match', [
    (0, ValueError, 'crop_size: got 0'),
    (2.0, TypeError, 'crop_size: got 2.0'),
    ((4, '4'), TypeError, "crop_size: got '4'"),
    ((4, 4, 4), ValueError, r'crop_size: got \(4, 4, 4\)'),
])
def test_bad_options(crop_size, error, match):
    with pytest.raises(error, match=match):
        ThreePatchCrop(crop_size)


def test_registered():
    assert TRANSFORMS.get('ThreePatchCrop') is ThreePatchCrop
    assert repr(ThreePatchCrop(4)) == (
        'ThreePatchCrop(crop_size=(4, 4), lazy=False)')
