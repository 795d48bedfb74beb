import pytest
import torch

from s2dnet_mmaction.functional.sampling.backends.layout import (
    channels_lie_last,
    empty_volume,
)
from tests.support.sampling import make_frames


@pytest.mark.parametrize('last', [False, True])
def test_volume_has_the_layout_of_the_frames(last):
    frames = make_frames(2, 5, 3, (6, 7), last=last)
    assert channels_lie_last(frames) == last
    volume = empty_volume(frames, (4, 8, 9), torch.float16)
    assert volume.shape == (2, 4, 3, 8, 9)
    assert volume.dtype == torch.float16
    assert channels_lie_last(volume) == last
    ordered = volume.permute(0, 1, 3, 4, 2) if last else volume
    assert ordered.is_contiguous()


def test_crops_keep_channels_last():
    frames = make_frames(2, 5, 3, (6, 7), last=True)
    assert channels_lie_last(frames[:, 1:, :, 2:, 3:])
    assert not channels_lie_last(frames[:, :, :, :, ::2])
