"""When a video may end early."""

import pytest
import torch

from s2dnet_mmaction.functional.early_exit import check_threshold, is_sure

SCORES = torch.tensor([[.9, .1], [.5, .5], [1., 0.], [.2, .8]])


@pytest.mark.parametrize('threshold, sure', [
    (0, [True] * 4),
    (.5, [True, False, True, True]),  # above, not at
    (.85, [True, False, True, False]),
    (1, [False] * 4),  # not even a score of 1
])
def test_sure(threshold, sure):
    assert is_sure(SCORES, threshold).tolist() == sure


@pytest.mark.parametrize('threshold', [-.1, 1.1, '0.5', None, True,
                                       float('nan')])
def test_bad_threshold(threshold):
    with pytest.raises(ValueError, match='exit_threshold: got'):
        check_threshold(threshold)
