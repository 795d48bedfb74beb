"""Views of a video as rows of a batch."""

from typing import Optional, Tuple

import torch
from torch import Tensor

from ..._checks import require, require_frame_dtype
from ..._compat import is_compiling
from ...functional.sampling.detail_sample import check_lengths


def split_views(inputs: Tensor, lengths: Optional[Tensor],
                channels: Optional[int] = None) -> Tuple[Tensor, Tensor]:
    """(N, V, C, T, H, W) -> (N V, T, C, H, W) and (N V,) lengths.

    Views of a video are neighbours. Without the axis V there is one.

    Args:
        inputs: raw frames, (N, V, C, T, H, W) or (N, C, T, H, W).
        lengths: (N,) valid frames; None: all T.
        channels: C, the length of mean and std; None: any.

    Raises:
        TypeError: if the frames are neither uint8 nor floating point.
        ValueError: if a shape or a length does not fit.
    """
    require(inputs.dim() in (5, 6), 'inputs.shape', tuple(inputs.shape),
            '(N, V, C, T, H, W) or (N, C, T, H, W)',
            "End the pipeline with FormatShape(input_format='NCTHW').")
    if channels is not None and inputs.size(-4) != channels:
        # Sizes are tensors while torch.jit.trace runs.
        got, shape = int(inputs.size(-4)), tuple(map(int, inputs.shape))
        raise ValueError(
            f'inputs.shape: got {shape}, that is, C={got}, expected '
            f'C={channels} in (N, V, C, T, H, W) or (N, C, T, H, W), as mean '
            'and std of the data_preprocessor have it. Give one number per '
            "channel there, and videos, not images; MMAction2's get_flops.py "
            f'needs --shape 1 {channels} T H W.')
    require_frame_dtype('inputs', inputs)
    batch, num_frames = inputs.size(0), inputs.size(-3)
    if lengths is None:
        lengths = torch.full((batch, ), num_frames)
    # To read the numbers would wait for the device, or break the graph.
    readable = lengths.device.type == 'cpu' and not is_compiling()
    check_lengths(lengths, batch, num_frames, values=readable)
    lengths = lengths.to(inputs.device)
    if inputs.dim() == 6:
        lengths = lengths.repeat_interleave(inputs.size(1))
        inputs = inputs.flatten(0, 1)
    return inputs.transpose(1, 2), lengths
