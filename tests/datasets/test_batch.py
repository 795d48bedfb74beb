"""Stacked videos in memory that former batches had."""

import pytest
import torch

from s2dnet_mmaction.datasets.batch import (
    check_videos,
    has_batch_order,
    require_clip_shape,
    stack,
)

CPU = torch.device('cpu')


def videos(*lengths, dtype=torch.uint8):
    return [
        torch.full((2, 3, length, 128, 128), 9, dtype=dtype)
        for length in lengths
    ]


@pytest.mark.parametrize('dtype', [torch.uint8, torch.float32])
def test_memory_is_used_again_and_padded_with_zeros(dtype):
    places = []
    for lengths in ((20, 20), (3, 19), (20, 1)):
        batch = stack(videos(*lengths, dtype=dtype), CPU)
        assert batch.shape == (2, 2, 3, max(lengths), 128, 128)
        assert batch.dtype == dtype
        places.append(batch.data_ptr())
        for video, length in zip(batch, lengths):
            assert (video[:, :, :length] == 9).all()
            assert (video[:, :, length:] == 0).all()
        del batch, video
    assert len(set(places)) == 1


def test_batch_order():
    batch = stack(videos(2, 3), CPU)
    assert has_batch_order(batch[0]) and not has_batch_order(videos(2)[0])


@pytest.mark.parametrize('shape', [(2, 3, 4, 5), (2, 3, 0, 5, 5)])
def test_clip_shape(shape):
    with pytest.raises(ValueError, match='clip.shape: got .*NCTHW'):
        require_clip_shape('clip', torch.zeros(shape), 'VCTHW')


def test_two_types():
    with pytest.raises(ValueError, match=r'inputs\[1\].shape: got .*float32'):
        check_videos(videos(2) + videos(2, dtype=torch.float32))
