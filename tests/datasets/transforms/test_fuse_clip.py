"""Clips by FuseClip, compared with MMAction2's transforms."""

import copy
import pickle
import random

import mmcv
import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import ClipDecode, ClipInit, FuseClip
from tests.support import videos
from tests.support.glints import ROOT

NUM_FRAMES = 14


@pytest.fixture(scope='module', autouse=True)
def scope():
    init_default_scope('mmaction')


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """One video of each size (h, w), also the usual one of Kinetics."""
    folder = tmp_path_factory.mktemp('videos')
    return {
        (height, width): str(
            videos.write(folder / f'{height}x{width}.mp4',
                         videos.draw(NUM_FRAMES, height, width)))
        for height, width in ((256, 340), (340, 256), (240, 426), (300, 300))
    }


def stock(pipeline):
    """The same work by MMAction2's transforms."""
    twins = dict(ClipInit='DecordInit', ClipDecode='DecordDecode')
    steps = []
    for step in pipeline:
        step = {k: v for k, v in step.items() if k != 'lazy'}
        if step['type'] != 'FuseClip':
            steps.append(dict(step, type=twins.get(step['type'],
                                                   step['type'])))
    return steps


def run(pipeline, seed=0, **results):
    np.random.seed(seed)
    random.seed(seed)
    results = dict(dict(label=1, start_index=0, modality='RGB'), **results)
    return Compose([dict(step) for step in pipeline])(results)


def shipped(data, split):
    cfg = Config.fromfile(ROOT / f'configs/_base_/datasets/{data}.py')
    return cfg[f'{split}_dataloader'].dataset.pipeline


@pytest.mark.parametrize('data', ['kinetics400', 'sthv2', 'minikinetics'])
@pytest.mark.parametrize('split', ['train', 'val', 'test'])
@pytest.mark.parametrize('size', [(256, 340), (340, 256)])
def test_shipped_pipelines_equal_mmaction2(files, data, split, size):
    pipeline = shipped(data, split)
    assert 'FuseClip' in [step.type for step in pipeline]
    for seed in range(1 if split != 'train' else 6):
        got, expected = (
            run(steps, seed, filename=files[size])
            for steps in (pipeline, stock(pipeline)))
        assert torch.equal(got['inputs'], expected['inputs'])
        assert got['data_samples'].img_shape == (224, 224)
        assert got['data_samples'].gt_label == expected[
            'data_samples'].gt_label


@pytest.mark.parametrize('size', [(240, 426), (300, 300)])
@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_other_sizes(files, split, size):
    """Tests resize once: to the bit. Training would twice and does once."""
    pipeline = shipped('kinetics400', split)
    for seed in range(1 if split != 'train' else 4):
        got, expected = (
            run(steps, seed, filename=files[size])['inputs'].float()
            for steps in (pipeline, stock(pipeline)))
        if split == 'train':
            difference = got - expected
            assert difference.abs().mean() < 2.5  # of 255; the noise is 4
            # OpenCV's resizing rounds down now and then, its reading between
            # pixels does not.
            assert difference.mean().abs() < 0.3
        else:
            assert torch.equal(got, expected)


def gradient(height, width):
    """An image that is smooth: x to the right in red, y down in green."""
    y, x = np.mgrid[:height, :width] + 0.5
    return np.stack([255 * x / width, 255 * y / height,
                     np.full_like(x, 128)], -1).round().astype(np.uint8)


@pytest.mark.parametrize('interpolation', ['bilinear', 'bicubic', 'area'])
def test_pixels_keep_their_places_through_two_resizes(interpolation):
    """On a smooth image, one step equals MMAction2's three."""
    geometry = [
        dict(type='Resize', scale=(-1, 97), interpolation=interpolation),
        dict(type='RandomResizedCrop', area_range=(0.3, 0.8)),
        dict(type='Resize', scale=(64, 56), keep_ratio=False,
             interpolation=interpolation),
        dict(type='Flip', flip_ratio=0.5)
    ]
    images = [gradient(120, 170)] * 2
    for seed in range(8):
        expected = run(geometry, seed, imgs=list(images))['imgs']
        lazy = [dict(step, lazy=True) for step in geometry]
        got = run([*lazy, dict(type='FuseClip')], seed, imgs=list(images))
        assert 'lazy' not in got
        difference = np.asarray(expected, float) - got['imgs']
        # The border beyond half a pixel of the first resize is the crop's.
        inner = difference[:, 2:-2, 2:-2]
        # 'area' rounds its box: half a pixel is 255 / 120 / 2.
        assert np.abs(inner).max() <= (3 if interpolation == 'area' else 2)
        assert abs(inner.mean()) < 0.5


@pytest.mark.parametrize('direction', ['horizontal', 'vertical'])
def test_flips(direction):
    images = [gradient(20, 30), gradient(20, 30)[::-1]]
    steps = [
        dict(type='CenterCrop', crop_size=(16, 12)),
        dict(type='Flip', flip_ratio=1, direction=direction)
    ]
    expected = run(steps, imgs=[image.copy() for image in images])['imgs']
    lazy = [dict(step, lazy=True) for step in steps]
    got = run([*lazy, dict(type='FuseClip')], imgs=images)['imgs']
    np.testing.assert_array_equal(got, expected)


def test_three_patches_of_a_crop(files):
    """Boxes add up: three patches of a crop of a resized frame."""
    steps = [
        dict(type='ClipInit'),
        dict(type='SampleStridedFrames', test_mode=True),
        dict(type='ClipDecode'),
        dict(type='Resize', scale=(-1, 128), lazy=True),
        dict(type='CenterCrop', crop_size=(120, 100), lazy=True),
        dict(type='ThreePatchCrop', crop_size=(64, 80), lazy=True),
        dict(type='FuseClip'),
        dict(type='FormatShape', input_format='NCTHW'),
    ]
    got = run(steps, filename=files[256, 340])
    expected = run(stock(steps), filename=files[256, 340])
    np.testing.assert_array_equal(got['imgs'], expected['imgs'])
    np.testing.assert_array_equal(got['crop_bbox'], expected['crop_bbox'])
    assert got['imgs'].shape == (3, 3, NUM_FRAMES // 2, 80, 64)


def test_three_patches_come_once_and_before_flips():
    steps = [dict(type='Flip', flip_ratio=1, lazy=True),
             dict(type='ThreePatchCrop', crop_size=4, lazy=True)]
    with pytest.raises(ValueError, match='Put flips last'):
        run(steps, imgs=[gradient(8, 8)])
    with pytest.raises(ValueError, match='crop into three once'):
        run([steps[1]] * 2, imgs=[gradient(8, 8)])


def test_windows_equal_those_of_whole_frames_at_odd_sizes(tmp_path):
    """Chroma of half the size ends within a pixel of odd frames."""
    path = videos.write(tmp_path / 'odd.webm', videos.draw(3, 255, 341),
                        'libvpx-vp9', deadline='realtime')
    whole = videos.decode_in_order(path)
    assert whole.shape == (3, 255, 341, 3)
    for left, top, width, height in ((0, 0, 341, 255), (117, 31, 224, 224),
                                     (1, 1, 33, 35), (308, 220, 33, 35)):
        results = ClipDecode()(dict(
            ClipInit()(dict(filename=str(path))), frame_inds=np.arange(3)))
        results['lazy'] = dict(
            original_shape=(255, 341), flip=False, flip_direction=None,
            interpolation=None,
            crop_bbox=np.array([left, top, left + width, top + height], 'f4'))
        results['img_shape'] = height, width
        got = FuseClip()(results)['imgs']
        np.testing.assert_array_equal(
            got, whole[:, top:top + height, left:left + width])


def test_decodes_each_frame_once(files, monkeypatch):
    from s2dnet_mmaction.datasets.decoding.rgb_converter import (
        RgbConverter,
    )
    converted = []
    image = RgbConverter.image

    def count(self, frame):
        converted.append(frame.pts)
        return image(self, frame)

    monkeypatch.setattr(RgbConverter, 'image', count)
    run(shipped('kinetics400', 'test'), filename=files[256, 340])
    assert len(converted) == len(set(converted)) == NUM_FRAMES // 2


def test_packs_without_a_copy(files):
    clip = {}

    def keep(results):
        clip['imgs'] = results['imgs']
        return results

    steps = shipped('kinetics400', 'test')
    at = [step.type for step in steps].index('FuseClip') + 1
    results = dict(filename=files[256, 340], label=0, start_index=0,
                   modality='RGB')
    packed = Compose([*steps[:at], keep, *steps[at:]])(results)
    assert clip['imgs'].flags['C_CONTIGUOUS']
    assert packed['inputs'].data_ptr() == clip['imgs'].ctypes.data


@pytest.mark.parametrize('opener, decoder', [
    ('DecordInit', 'DecordDecode'), ('PyAVInit', 'PyAVDecode'),
    ('OpenCVInit', 'OpenCVDecode')])
def test_after_decoders_of_mmaction2(files, opener, decoder):
    """MMAction2's inferencers replace our opener and decoder by theirs."""
    steps = [dict(step) for step in shipped('kinetics400', 'test')]
    expected = run(steps, filename=files[256, 340])['inputs']
    steps[0]['type'], steps[2]['type'] = opener, decoder
    got = run(steps, filename=files[256, 340])['inputs']
    difference = (got.int() - expected.int()).abs()
    # OpenCV has a conversion to RGB of its own.
    assert difference.max() <= (0 if opener != 'OpenCVInit' else 16)
    assert difference.float().mean() < 2


def test_raw_frames(tmp_path):
    for t, image in enumerate(videos.draw(6, 256, 340)):
        mmcv.imwrite(image, str(tmp_path / f'img_{t + 1:05}.jpg'))
    for split in ('train', 'val', 'test'):
        steps = shipped('kinetics400_rawframes', split)
        got, expected = (
            run(pipeline, frame_dir=str(tmp_path), total_frames=6,
                filename_tmpl='img_{:05}.jpg', start_index=1)['inputs']
            for pipeline in (steps, stock(steps)))
        assert torch.equal(got, expected)


def test_transforms_that_need_pixels_in_between(files):
    steps = [
        dict(type='ClipInit'),
        dict(type='SampleStridedFrames', test_mode=True),
        dict(type='ClipDecode'),
        dict(type='Resize', scale=(40, 30), keep_ratio=False),
        dict(type='ColorJitter', brightness=0.5),
        dict(type='CenterCrop', crop_size=24, lazy=True),
        dict(type='FuseClip')
    ]
    got = run(steps, filename=files[256, 340])['imgs']
    expected = run(stock(steps), filename=files[256, 340])['imgs']
    np.testing.assert_array_equal(got, expected)


def test_nothing_pending():
    images = [gradient(8, 10), gradient(8, 10)[::-1]]
    got = run([dict(type='FuseClip')], imgs=list(images))
    np.testing.assert_array_equal(got['imgs'], images)
    assert got['img_shape'] == (8, 10)
    gray = [image[..., 0] for image in images]
    got = run([dict(type='FuseClip')], imgs=gray)
    np.testing.assert_array_equal(got['imgs'], gray)


@pytest.mark.parametrize('other, match', [
    (gradient(8, 9), r'got uint8 \(8, 9, 3\), expected uint8 \(8, 10, 3\)'),
    (gradient(8, 10)[..., 0], r'got uint8 \(8, 10\), expected uint8'),
    (gradient(8, 10).astype('f4'), r'got float32 \(8, 10, 3\), expected'),
])
def test_images_of_two_kinds(other, match):
    with pytest.raises(ValueError, match=r'imgs\[1\]: ' + match):
        run([dict(type='FuseClip')], imgs=[gradient(8, 10), other])


def test_names_for_inferencers():
    """MMAction2's inferencers replace transforms by parts of their names."""
    for kind in (ClipInit, ClipDecode, FuseClip):
        assert TRANSFORMS.get(kind.__name__) is kind
        assert kind.__name__ in repr(kind())
    assert 'Init' in ClipInit.__name__ and 'Decode' in ClipDecode.__name__
    assert not {'Init', 'Decode'} & {FuseClip.__name__}
    assert repr(ClipInit(num_threads=2)) == (
        "ClipInit(io_backend='disk', num_threads=2)")


def test_deep_copy_of_a_clip_is_a_list(files):
    """Tools of MMAction2 pad single images of it."""
    pipeline = [dict(type='ClipInit'),
                dict(type='SampleStridedFrames', frame_interval=4),
                dict(type='ClipDecode'), dict(type='FuseClip')]
    imgs = run(pipeline, filename=files[300, 300])['imgs']
    copied = copy.deepcopy(imgs)
    assert type(copied) is list and type(copied[0]) is np.ndarray
    assert np.array_equal(copied, imgs)
    copied[0][:] = 0
    assert imgs[0].any()
    assert np.array_equal(pickle.loads(pickle.dumps(imgs)), imgs)
    formatted = imgs[None]  # FormatShape
    assert copy.deepcopy(formatted).shape == formatted.shape
