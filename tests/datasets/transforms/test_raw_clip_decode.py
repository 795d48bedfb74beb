"""Raw frames: the images of RawFrameDecode, and errors of bad files."""

import cv2
import mmcv
import numpy as np
import pytest
from mmaction.datasets import RawFrameDecode

from s2dnet_mmaction.datasets import RawClipDecode


@pytest.fixture
def results(tmp_path):
    rng = np.random.default_rng(0)
    for n in range(1, 6):
        image = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        mmcv.imwrite(image, str(tmp_path / f'img_{n:05}.jpg'))
    return dict(frame_dir=str(tmp_path), filename_tmpl='img_{:05}.jpg',
                total_frames=5, start_index=1, modality='RGB',
                frame_inds=np.array([1, 3, 5]))


@pytest.mark.parametrize('changes', [
    {}, dict(frame_inds=np.array([[4, 2]])),
    dict(frame_inds=np.array([2, 2, 4, 2])),
    dict(offset=2, total_frames=3, frame_inds=np.array([1, 2, 3]))])
def test_images_of_mmaction(results, changes):
    results.update(changes)
    expected = RawFrameDecode()(dict(results))
    got = RawClipDecode()(dict(results))
    for name in ('img_shape', 'original_shape'):
        assert got[name] == expected[name] == (12, 16)
    assert len(got['imgs']) == results['frame_inds'].size
    for one, other in zip(got['imgs'], expected['imgs']):
        assert np.array_equal(one, other)
    addresses = {image.ctypes.data for image in got['imgs']}
    assert len(addresses) == len(got['imgs'])


def test_other_backends(results):
    expected = RawClipDecode()(dict(results))['imgs']
    transform = RawClipDecode(io_backend='local', decoding_backend='pillow')
    for one, other in zip(transform(dict(results))['imgs'], expected):
        assert np.array_equal(one, other)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
@pytest.mark.parametrize('spoil, match', [
    (lambda data: data[:-200], 'bytes that are a truncated JPEG, expected'),
    (lambda data: b'', 'got 0 bytes that are no image'),
    (lambda data: b'<html>', 'got 6 bytes that are no image'),
])
def test_files_that_cannot_be_decoded(results, tmp_path, spoil, match,
                                      backend):
    path = tmp_path / 'img_00003.jpg'
    path.write_bytes(spoil(path.read_bytes()))
    transform = RawClipDecode(decoding_backend=backend)
    with pytest.raises(ValueError, match=match) as error:
        transform(dict(results))
    assert str(error.value).startswith(f'{path}: got ')
    assert str(error.value).endswith('frames of this video again.')


@pytest.mark.parametrize('has_thumbnail', [False, True])
def test_truncated_jpeg_that_opencv_paints_grey(results, tmp_path,
                                                monkeypatch, has_thumbnail):
    """As OpenCV 4 does; version 5 gives no image."""
    path = tmp_path / 'img_00003.jpg'
    data = path.read_bytes()
    if has_thumbnail:  # a whole JPEG in a segment of application data
        size = (len(data) + 2).to_bytes(2, 'big')
        data = data[:2] + b'\xff\xe1' + size + data + data[2:]
        path.write_bytes(data)
        assert len(RawClipDecode()(dict(results))['imgs']) == 3
    path.write_bytes(data[:-200])
    monkeypatch.setattr(
        cv2, 'imdecode', lambda *args: np.full((12, 16, 3), 128, np.uint8))
    with pytest.raises(ValueError, match='a truncated JPEG'):
        RawClipDecode()(dict(results))


@pytest.mark.parametrize('number, frame', [(5, 5), (3, 3)])
def test_missing_frames(results, tmp_path, number, frame):
    """The last one is missed whether it is wanted or not."""
    (tmp_path / f'img_{number:05}.jpg').unlink()
    results['frame_inds'] = np.array([1, 3])
    with pytest.raises(FileNotFoundError, match=f'img_{frame:05}.jpg: got no '
                       'such frame but 4 files'):
        RawClipDecode()(dict(results))


def test_frames_that_are_numbered_from_0(results, tmp_path):
    """Every second of an even number: MMAction2 takes each for another."""
    (tmp_path / 'img_00005.jpg').rename(tmp_path / 'img_00000.jpg')
    results['frame_inds'] = np.array([1, 3])
    with pytest.raises(FileNotFoundError, match=r'img_00000.jpg .. img_00004'):
        RawClipDecode()(dict(results))
    results.update(start_index=0, frame_inds=np.array([0, 2, 4]))
    assert len(RawClipDecode()(dict(results))['imgs']) == 3


def test_flow_is_refused(results):
    with pytest.raises(ValueError, match='modality: got Flow, expected RGB'):
        RawClipDecode()(dict(results, modality='Flow'))


def test_repr():
    assert repr(RawClipDecode()) == (
        "RawClipDecode(io_backend='disk', decoding_backend='cv2')")
