"""One form for every complaint about input: what, got, expected, remedy."""

from typing import Any, Iterable, Type


def require(condition: bool,
            name: str,
            got: Any,
            expected: str,
            remedy: str,
            error: Type[Exception] = ValueError) -> None:
    """Raise ``error`` unless ``condition`` holds.

    The message reads ``<name>: got <got>, expected <expected>. <remedy>``.

    Raises:
        error: if ``condition`` is false.
    """
    if not condition:
        raise error(f'{name}: got {got}, expected {expected}. {remedy}')


def require_choice(name: str, got: Any, choices: Iterable[Any]) -> None:
    """Raise ValueError unless ``got`` is one of ``choices``."""
    choices = list(choices)
    require(
        any(got is c or (type(got) is type(c) and got == c) for c in choices),
        name, repr(got), f'one of {choices}', f'Set {name} to one of these.')


def require_positive_int(name: str, got: Any) -> None:
    """Raise TypeError / ValueError unless ``got`` is an int >= 1."""
    is_int = isinstance(got, int) and not isinstance(got, bool)
    require(is_int, name, repr(got), 'an int', f'Give {name} as an int >= 1.',
            TypeError)
    require(got >= 1, name, got, 'an int >= 1', f'Give {name} as an int >= 1.')
