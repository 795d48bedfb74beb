"""Checks of arguments. An error says what it got, expected and advises."""

import math
from typing import Any, Iterable, Sequence, Type, Union

import torch
from torch import Tensor


def require(condition: bool, name: str, got: Any, expected: str, remedy: str,
            error: Type[Exception] = ValueError) -> None:
    """Raise ``error`` unless ``condition`` holds.

    The message reads ``<name>: got <got>, expected <expected>. <remedy>``.

    Where the condition would be False, write ``raise`` instead.

    Raises:
        error: if ``condition`` is false.
    """
    if not condition:
        raise error(f'{name}: got {got}, expected {expected}. {remedy}')


def require_choice(name: str, got: Any, choices: Iterable[Any]) -> None:
    """Raise ValueError unless ``got`` is one of ``choices``."""
    choices = list(choices)
    require(got in choices, name, repr(got), f'one of {choices}',
            f'Set {name} to one of these.')


def require_int(name: str, got: Any, minimum: int = 1) -> None:
    """Raise TypeError / ValueError unless ``got`` is an int >= minimum."""
    is_int = isinstance(got, int) and not isinstance(got, bool)
    remedy = f'Give {name} as an int >= {minimum}.'
    require(is_int, name, repr(got), 'an int', remedy, TypeError)
    require(got >= minimum, name, got, f'an int >= {minimum}', remedy)


def require_ints(name: str, got: Any, axes: Sequence[str],
                 remedy: str) -> None:
    """Raise TypeError / ValueError unless ``got`` holds ints >= 1.

    Args:
        got: expected to be a tuple or list of one int for each axis.
        axes: names of these numbers, such as ``('H', 'W')``.
    """
    require(isinstance(got, (tuple, list)) and len(got) == len(axes), name,
            repr(got), f'{len(axes)} ints ({", ".join(axes)})', remedy)
    for number in got:
        require_int(name, number)


def require_number(name: str, got: Any, above: float, remedy: str) -> None:
    """Raise TypeError / ValueError unless ``got`` is a number > above."""
    is_number = isinstance(got, (int, float)) and not isinstance(got, bool)
    expected = f'a number > {above}'
    require(is_number, name, repr(got), expected, remedy, TypeError)
    require(got > above, name, got, expected, remedy)


def require_pair(name: str, got: Any, above: float, remedy: str,
                 below: float = math.inf,
                 optional: Sequence[int] = ()) -> None:
    """Raise ValueError unless ``got`` is a pair of numbers (time, space).

    Args:
        above, below: bounds of both numbers, exclusive.
        optional: indices of the numbers that may be None.
    """
    require(isinstance(got, (tuple, list)) and len(got) == 2, name, repr(got),
            'a pair (time, space)', remedy)
    for index, number in enumerate(got):
        if number is None and index in optional:
            continue
        expected = f'{above} < number < {below:.3g}'
        expected += ' or None' if index in optional else ''
        require(isinstance(number, (int, float)) and above < number < below,
                f'{name}[{index}]', repr(number), expected, remedy)


def require_shape(name: str, got: Tensor, axes: Sequence[Union[int, str]],
                  remedy: str) -> None:
    """Raise TypeError / ValueError unless a tensor has this shape.

    Args:
        axes: for each axis its size, or a name (``'B'``) for any size.
    """
    is_tensor = isinstance(got, Tensor)
    if is_tensor and got.dim() == len(axes) and all(
            isinstance(axis, str) or axis == size
            for axis, size in zip(axes, got.shape)):
        return  # in every call of the sampler: build no message
    names = ', '.join(map(str, axes))
    shown = f'({names},)' if len(axes) == 1 else f'({names})'
    require(is_tensor, name,
            type(got).__name__, f'a torch.Tensor {shown}', remedy, TypeError)
    raise ValueError(f'{name}.shape: got {tuple(got.shape)}, expected '
                     f'{shown}. {remedy}')


def require_frame_dtype(name: str, got: Tensor) -> None:
    """Raise TypeError unless a tensor can hold raw frames."""
    require(got.dtype == torch.uint8 or got.is_floating_point(),
            f'{name}.dtype', got.dtype, 'torch.uint8 or a floating point type',
            'Give raw frames, 0..255.', TypeError)
