"""The dense-frame transform, by itself and with every loader."""

import av
import mmcv
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import SampleStridedFrames

CAPACITY = 12  # frames of the test video


def indices(total, start_index=0, **options):
    transform = SampleStridedFrames(**options)
    results = transform(dict(total_frames=total, start_index=start_index))
    assert results['clip_len'] == len(results['frame_inds'])
    assert results['num_clips'] == 1
    return results['frame_inds'].tolist()


def test_every_second_frame_of_the_whole_video():
    assert indices(7, test_mode=True) == [0, 2, 4, 6]
    assert indices(7, 1, test_mode=True) == [1, 3, 5, 7]
    assert indices(1, test_mode=True) == [0]


def test_middle_window_of_a_long_video():
    got = indices(20, frame_interval=2, max_frames=4, test_mode=True)
    assert got == [6, 8, 10, 12]


def test_a_known_place_is_that_of_the_whole_video():
    results = dict(total_frames=9, start_index=0, place=(0.0, 0.0, 0.0))
    transform = SampleStridedFrames(frame_interval=1, max_frames=9)
    assert transform(dict(results))['clip_len'] == 9
    with pytest.raises(ValueError, match='max_frames: got 9, .*at least 10'):
        transform(dict(results, total_frames=10))


@given(
    total=st.integers(1, 700),
    frame_interval=st.integers(1, 5),
    max_frames=st.integers(1, 160),
    test_mode=st.booleans(),
    start_index=st.integers(0, 1),
    seed=st.integers(0, 2**16))
def test_properties(total, frame_interval, max_frames, test_mode, start_index,
                    seed):
    np.random.seed(seed)
    got = np.array(
        indices(
            total,
            start_index,
            frame_interval=frame_interval,
            max_frames=max_frames,
            test_mode=test_mode)) - start_index
    assert 1 <= len(got) <= max_frames
    assert got.min() >= 0 and got.max() < total
    assert (np.diff(got) == frame_interval).all()
    if len(got) < max_frames:  # then it reaches from end to end
        assert got[0] < frame_interval
        assert got[-1] + frame_interval >= total


def test_training_shifts_by_chance():
    np.random.seed(0)
    starts = {indices(100, frame_interval=4)[0] for _ in range(60)}
    assert starts == {0, 1, 2, 3}
    windows = {
        indices(100, frame_interval=1, max_frames=98)[0] for _ in range(60)
    }
    assert windows == {0, 1, 2}


@pytest.mark.parametrize('options, error, match', [
    (dict(frame_interval=0), ValueError, 'frame_interval: got 0'),
    (dict(frame_interval=2.0), TypeError, 'frame_interval: got 2.0'),
    (dict(max_frames=-1), ValueError, 'max_frames: got -1'),
])
def test_bad_options(options, error, match):
    with pytest.raises(error, match=match):
        SampleStridedFrames(**options)


def test_empty_video_is_named():
    with pytest.raises(ValueError,
                       match='total_frames: got 0, expected at least one '
                       'frame in clips/broken.mp4'):
        SampleStridedFrames()(
            dict(
                total_frames=0, start_index=0, filename='clips/broken.mp4'))


@pytest.fixture(scope='module', params=['libx264', 'mpeg4'])
def video(request, tmp_path_factory):
    """A file whose frame t is grey with brightness 15 t + 20."""
    path = tmp_path_factory.mktemp('videos') / f'{request.param}.mp4'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(request.param, rate=10)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = 'yuv420p'
        stream.bit_rate = 1_000_000
        for t in range(CAPACITY):
            image = np.full((48, 64, 3), 15 * t + 20, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope='module')
def raw_frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp('frames')
    for t in range(CAPACITY):
        image = np.full((48, 64, 3), 15 * t + 20, np.uint8)
        mmcv.imwrite(image, str(folder / f'img_{t + 1:05}.png'))
    return folder


def run_pipeline(opener, decoder, results):
    init_default_scope('mmaction')
    pipeline = [
        *([dict(type=opener)] if opener else []),
        dict(type='SampleStridedFrames', frame_interval=3, test_mode=True),
        dict(type=decoder),
        dict(type='Resize', scale=(-1, 32)),
        dict(type='ThreeCrop', crop_size=32),
        dict(type='Flip', flip_ratio=1),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs')
    ]
    packed = Compose(pipeline)(dict(results, label=2, modality='RGB'))
    inputs = packed['inputs']
    assert inputs.shape == (3, 3, 4, 32, 32)
    assert str(inputs.dtype) == 'torch.uint8'
    assert packed['data_samples'].gt_label.tolist() == [2]
    brightness = inputs.float().mean((0, 1, 3, 4))
    expected = [15 * t + 20 for t in (0, 3, 6, 9)]
    assert brightness.tolist() == pytest.approx(expected, abs=4)


@pytest.mark.parametrize('loader', ['Decord', 'PyAV', 'OpenCV'])
def test_video_loaders(loader, video):
    run_pipeline(f'{loader}Init', f'{loader}Decode',
                 dict(filename=str(video), start_index=0))


def test_raw_frame_loader(raw_frames):
    run_pipeline(
        None, 'RawFrameDecode',
        dict(
            frame_dir=str(raw_frames),
            filename_tmpl='img_{:05}.png',
            total_frames=CAPACITY,
            start_index=1))


def test_inferencer_rules():
    """MMAction2's inferencer replaces transforms by parts of their names."""
    assert 'Decode' not in SampleStridedFrames.__name__
    assert 'Init' not in SampleStridedFrames.__name__
    assert TRANSFORMS.get('SampleStridedFrames') is SampleStridedFrames
