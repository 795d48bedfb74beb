"""Where candidates are in what was written about some of them."""

import numpy as np

from ..._checks import require


def positions_of(candidates: np.ndarray, start_index: int,
                 starts: np.ndarray, video: str) -> np.ndarray:
    """Find candidates by their first frames.

    Args:
        candidates: (n, clip_len) numbers of frames.
        start_index: number of the first frame of the video.
        starts: (L,) first frames that are known, from 0 on, increasing.
        video: its name, for errors.

    Returns:
        (n,) positions in ``starts``.

    Raises:
        ValueError: if a candidate is not there.
    """
    wanted = np.asarray(candidates)[:, 0] - start_index
    at = np.searchsorted(starts, wanted).clip(max=len(starts) - 1)
    wrong = wanted[starts[at] != wanted]
    require(not len(wrong), f'candidates of {video}',
            f'clips that begin at frames {wrong[:5].tolist()}',
            f'some of {starts[:5].tolist()} ..., which are there',
            'Give SampleCandidates the clip_len, frame_interval and step '
            'that the tool ran with.')
    return at
