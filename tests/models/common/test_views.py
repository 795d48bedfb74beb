import pytest
import torch

from s2dnet_mmaction.models.common.views import split_views
from tests.support import tiny


def test_views_of_a_video_are_neighbours():
    inputs = torch.arange(2 * 3 * 1 * 4, dtype=torch.uint8).view(
        2, 3, 1, 4, 1, 1)
    frames, lengths = split_views(inputs, torch.tensor([4, 2]))
    assert frames.shape == (6, 4, 1, 1, 1)
    assert frames.flatten().tolist() == list(range(24))
    assert lengths.tolist() == [4, 4, 4, 2, 2, 2]


def test_one_view_and_no_lengths():
    inputs = torch.rand(2, 3, 4, 5, 6)
    frames, lengths = split_views(inputs, None)
    assert torch.equal(frames, inputs.transpose(1, 2))
    assert lengths.tolist() == [4, 4]


@pytest.mark.parametrize('inputs, lengths, error, match', [
    (torch.zeros(3, 4, 5, 6), None, ValueError, 'FormatShape'),
    (torch.zeros(2, 3, 4, 5, 6, dtype=torch.int64), None, TypeError,
     'inputs.dtype: got torch.int64'),
    (torch.zeros(2, 3, 4, 5, 6), torch.tensor([4, 5]), ValueError,
     '1 <= lengths <= 4'),
    (torch.zeros(2, 3, 4, 5, 6), torch.tensor([4]), ValueError,
     r'lengths.shape: got \(1,\)'),
])
def test_errors(inputs, lengths, error, match):
    with pytest.raises(error, match=match):
        split_views(inputs, lengths)


def test_images_in_place_of_videos():
    """The default shape of MMAction2's get_flops.py."""
    with pytest.raises(ValueError, match=(
            r'inputs.shape: got \(1, 1, 3, 224, 224\), that is, C=1, expected '
            r'C=3 in \(N, V, C, T, H, W\) .* --shape 1 3 T H W')):
        split_views(torch.zeros(1, 1, 3, 224, 224), None, channels=3)


def test_another_number_of_means():
    """Here the videos are right."""
    model = tiny.build(data_preprocessor=dict(mean=[127.5], std=[57.]))
    with pytest.raises(ValueError, match=(
            r'C=3, expected C=1 .*, as mean and std of the data_preprocessor '
            'have it. Give one number per channel there')):
        tiny.run(model, 'predict', tiny.batch())
