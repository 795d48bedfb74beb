"""Complaints about input."""

import pytest
import torch

from s2dnet_mmaction._checks import require_shape


def test_sizes_and_names_of_axes():
    frames = torch.zeros(2, 3, 4)
    require_shape('x', frames, (2, 'T', 4), 'Stack the frames.')
    for axes, shown in (((2, 'T', 5), r'\(2, T, 5\)'),
                        ((2, 'T'), r'\(2, T\)'), ((2, ), r'\(2,\)')):
        with pytest.raises(
                ValueError,
                match=r'^x.shape: got \(2, 3, 4\), '
                f'expected {shown}. Stack the frames.$'):
            require_shape('x', frames, axes, 'Stack the frames.')


def test_no_tensor():
    with pytest.raises(TypeError,
                       match=r'^x: got list, expected a torch.Tensor \(B,\)'):
        require_shape('x', [1, 2], ('B', ), 'Convert it.')
