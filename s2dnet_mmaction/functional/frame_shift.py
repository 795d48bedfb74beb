"""Temporal shift of channels, also for some of the frames alone."""

from typing import Optional

import torch
from torch import Tensor

from .take_rows import take_rows


def shift_frames(frames: Tensor, num_frames: int, shift_div: int = 8,
                 picked: Optional[Tensor] = None) -> Tensor:
    """Replace some channels of each frame by those of its neighbours.

    With fold = C // shift_div, channels [0, fold) come from the next frame
    and [fold, 2 fold) from the previous one; they are zero where there is
    none. The same as MMAction2's ``TemporalShift.shift`` (TSM, ICCV 2019),
    in any order of memory.

    Args:
        frames: (N T, C, H, W); the frames of a clip are neighbours.
        num_frames: T.
        shift_div: part of the channels that is shifted each way.
        picked: (n,) int64 numbers of the frames that are wanted; None: all.

    Returns:
        (N T, C, H, W) or (n, C, H, W).
    """
    fold = frames.size(1) // shift_div
    late, early = slice(fold), slice(fold, 2 * fold)
    if picked is not None:
        time = picked % num_frames
        shifted = take_rows(frames, picked)
        for channels, step, has in (
                (late, 1, time < num_frames - 1), (early, -1, time > 0)):
            there = (picked + step).clamp(0, len(frames) - 1)
            neighbours = take_rows(frames[:, channels], there)
            shifted[:, channels] = neighbours * has.view(-1, 1, 1, 1)
        return shifted
    shifted = torch.empty_like(frames)
    clips, out = (each.unflatten(0, (-1, num_frames))
                  for each in (frames, shifted))
    out[:, :-1, late] = clips[:, 1:, late]
    out[:, -1:, late] = 0
    out[:, 1:, early] = clips[:, :-1, early]
    out[:, :1, early] = 0
    out[:, :, 2 * fold:] = clips[:, :, 2 * fold:]
    return shifted
