"""Drawn videos, in memory and in files."""

import argparse

import av
import cv2
import numpy as np
import pytest
from drawn_videos import (
    add_video_options,
    describe_videos,
    draw_videos,
    write_images,
    write_videos,
)


@pytest.fixture
def args():
    parser = argparse.ArgumentParser()
    add_video_options(parser, num_frames=[7, 12])
    return argparse.Namespace(seed=0, **vars(parser.parse_args(
        ['--count', '3', '--size', '48', '64'])))


def test_lengths_take_turns(args):
    videos = [np.stack(list(frames)) for frames in draw_videos(args)]
    assert [video.shape for video in videos] == [
        (length, 48, 64, 3) for length in (7, 12, 7)]
    again = [np.stack(list(frames)) for frames in draw_videos(args)]
    assert all(map(np.array_equal, videos, again))
    assert not np.array_equal(videos[0], videos[2])
    assert (videos[0][0] != videos[0][1]).any()
    assert describe_videos(args) == (
        '3 drawn videos of 48 x 64, [7, 12] frames in turn')


@pytest.mark.parametrize('kind, codec, distance', [
    ('h264', 'h264', 5),
    ('xvid', 'mpeg4', 7),  # the encoder finishes two B-frames first
])
def test_video_files(args, tmp_path, kind, codec, distance):
    for path, frames in zip(write_videos(tmp_path, args, gop=5, kind=kind),
                            draw_videos(args)):
        with av.open(path) as container:
            assert container.streams.video[0].codec.name == codec
            decoded = list(container.decode(video=0))
        assert {frame.pict_type for frame in decoded} == {1, 2, 3}  # I, P, B
        keys = [t for t, frame in enumerate(decoded) if frame.key_frame]
        assert keys[0] == 0 and max(np.diff(keys + [len(decoded)])) <= distance
        frames = list(frames)
        assert len(decoded) == len(frames)
        for frame, image in zip(decoded, frames):
            error = frame.to_ndarray(format='rgb24').astype(int) - image
            assert abs(error).mean() < 12


def test_image_files(args, tmp_path):
    for folder, frames in zip(write_images(tmp_path, args),
                              draw_videos(args)):
        files, frames = sorted(folder.iterdir()), list(frames)
        assert files[0].name == 'img_00001.jpg' and len(files) == len(frames)
        for file, image in zip(files, frames):
            read = cv2.imread(str(file))[..., ::-1]
            assert abs(read.astype(int) - image).mean() < 12
