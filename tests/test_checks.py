"""Checks of arguments."""

import pytest
import torch

from s2dnet_mmaction._checks import (
    require_ints,
    require_number,
    require_pair,
    require_shape,
)


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


def test_ints_for_axes():
    require_ints('size', [4, 5], ('H', 'W'), 'Give both.')
    for got, error, match in (
        ((4, ), ValueError, r'^size: got \(4,\), expected 2 ints \(H, W\). G'),
        (None, ValueError, 'size: got None'),
        ((4, 5.), TypeError, 'size: got 5.0'),
        ((0, 5), ValueError, 'size: got 0')):
        with pytest.raises(error, match=match):
            require_ints('size', got, ('H', 'W'), 'Give both.')


def test_number_above_a_bound():
    require_number('var', 0.5, 0, 'Set it.')
    for got, error, match in (
        (0, ValueError, '^var: got 0, expected a number > 0. Set it.$'),
        (float('nan'), ValueError, 'got nan'), ('1', TypeError, "got '1'"),
        (True, TypeError, 'got True')):
        with pytest.raises(error, match=match):
            require_number('var', got, 0, 'Set it.')


def test_pair_within_bounds():
    require_pair('span', [0.5, 2], 0, 'Set it.')
    require_pair('span', (0.5, None), 0, 'Set it.', optional=(1, ))
    for got, match in (
        (0.5, r'^span: got 0.5, expected a pair \(time, space\). Set it.$'),
        ((1, 2, 3), r'got \(1, 2, 3\)'),
        ((0, 1), r'^span\[0\]: got 0, expected 0 < number < 9. Set it.$'),
        ((1, 9), r'span\[1\]: got 9, expected 0 < number < 9 or None.'),
        ((1, float('nan')), r'span\[1\]: got nan'),
        ((1, '2'), r"span\[1\]: got '2'"),
        ((None, 1), r'span\[0\]: got None')):
        with pytest.raises(ValueError, match=match):
            require_pair('span', got, 0, 'Set it.', below=9, optional=(1, ))
