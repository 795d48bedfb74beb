"""The first of two passes: the synopsis frames."""

import cv2
import numpy as np
import pytest
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import SynopsisFirst
from tests.support import odd_videos, videos

NUM_FRAMES = 9
PACK = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]


@pytest.fixture
def clip(tmp_path):
    """A folder of images, image t is grey of brightness 20 t."""
    init_default_scope('mmaction')
    for t in range(NUM_FRAMES):
        cv2.imwrite(
            str(tmp_path / f'img_{t:05}.png'),
            np.full((6, 8, 3), 20 * t, np.uint8))
    return dict(
        frame_dir=str(tmp_path),
        filename_tmpl='img_{:05}.png',
        frame_inds=np.arange(1, NUM_FRAMES),  # one is left out
        clip_len=NUM_FRAMES - 1,
        num_clips=1,
        offset=0,
        modality='RGB',
        label=1)


def build(pipeline, **options):
    return SynopsisFirst(
        num_frames=3,
        pipeline=[dict(type='RawFrameDecode'), *pipeline],
        **options)


def test_uniform_frames_and_a_source_of_the_others(clip):
    packed = build(PACK)(clip)
    inputs, source = packed['inputs'], packed['data_samples'].frame_source
    assert inputs.shape == (1, 3, 3, 6, 8)
    assert inputs[0, 0, :, 0, 0].tolist() == [20, 80, 160]
    assert source.positions == [0, 3, 7]
    assert source.num_frames == NUM_FRAMES - 1
    assert source.read([1, 6])[0, 0, :, 0, 0].tolist() == [40, 140]


@pytest.mark.parametrize('changes, error, match', [
    (dict(num_frames=0), ValueError, 'num_frames: got 0'),
    (dict(num_frames=2.), TypeError, 'num_frames: got 2.0'),
])
def test_bad_options(changes, error, match):
    init_default_scope('mmaction')
    with pytest.raises(error, match=match):
        SynopsisFirst(**{**dict(num_frames=3, pipeline=[]), **changes})


def test_unformatted_clips_are_refused(clip):
    with pytest.raises(ValueError, match='End the inner pipeline'):
        build([])(clip)


def test_opened_videos_need_an_opener(clip):
    with pytest.raises(ValueError, match='opener: got None for a video that'):
        build(PACK)(dict(clip, video_reader=object()))


@pytest.mark.parametrize('name, write', [
    ('packed.avi', odd_videos.write_packed_b_frames),
    ('joined.ts', odd_videos.write_joined),
    ('hidden.webm', odd_videos.write_hidden_frames),
    ('cut.mkv', odd_videos.write_cut),
    ('cover.mp4', odd_videos.write_with_cover)])
def test_frames_of_odd_files_are_those_of_one_pass(tmp_path, name, write):
    init_default_scope('mmaction')
    path = write(tmp_path / name, videos.draw_numbers(40))
    start = [dict(type='ClipInit'),
             dict(type='SampleStridedFrames', test_mode=True)]
    inner = [dict(type='ClipDecode'), dict(type='FuseClip'), *PACK]
    two = dict(type='SynopsisFirst', num_frames=4, pipeline=inner,
               opener=start[0])
    video = dict(filename=str(path), start_index=0, modality='RGB', label=1)
    whole = Compose([*start, *inner])(dict(video))['inputs']
    packed = Compose([*start, two])(dict(video))
    source = packed['data_samples'].frame_source
    assert source.num_frames == whole.size(2)
    assert packed['inputs'].equal(whole[:, :, source.positions])
    others = [1, 5, 6, source.num_frames - 2]
    assert source.read(others).equal(whole[:, :, others])
