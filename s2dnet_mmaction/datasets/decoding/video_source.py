"""A video that is opened again, for the second of two passes."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, List, Optional, Sequence

from ..._checks import require


class VideoSource:
    """Base of what reads more of a video than a first pass did.

    Args:
        results: of the pipeline before decoding.
        opener: opens the video; None if frames are files of their own.
        owner: the transform with the option ``opener``, for messages.

    Raises:
        ValueError: if a video was opened and there is no opener.
    """

    def __init__(self, results: dict, opener: Optional[Callable],
                 owner: str) -> None:
        require(
            opener is not None or results.get('video_reader') is None,
            'opener', 'None for a video that was opened',
            'the transform that opened it',
            f'Give its config to {owner} as opener.')
        # An open video cannot be sent to another process.
        self._results = {name: value for name, value in results.items()
                         if name != 'video_reader'}
        self._opener = opener

    def __deepcopy__(self, memo: dict) -> 'VideoSource':
        """Itself: nothing changes it, and data samples copy what they hold.
        """
        return self

    def open(self) -> dict:
        """Results with an open video."""
        results = dict(self._results)
        return results if self._opener is None else self._opener(results)


def name_of(info: dict) -> str:
    """Path of the video of a data info; clips of one have their offset.

    An array has the name ''.
    """
    if 'filename' in info:
        return str(info['filename'])
    offset = info.get('offset', 0)
    return str(info.get('frame_dir', '')) + (f'#{offset}' if offset else '')


def for_each(function: Callable, *arguments: Sequence) -> List[Any]:
    """Call a function for each of several videos, one thread for each."""
    threads = min(len(arguments[0]), os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, *arguments))
