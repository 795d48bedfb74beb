"""Rows of a tensor, copied in the order of memory."""

import torch
from torch import Tensor

from .._compat import is_compiling


def take_rows(tensor: Tensor, index: Tensor) -> Tensor:
    """``tensor[index]`` along the first axis.

    Clips are (B, T, C, H, W) views of memory in the order (B, T, H, W, C).
    torch's indexing copies such a row number by number on a CPU; in the
    order of memory it copies it in one piece, up to 16 times faster.

    Args:
        tensor: (B, ...), any strides.
        index: (n,) int64.

    Returns:
        (n, ...), with the tensor's order of memory.
    """
    if tensor.device.type != 'cpu' or is_compiling():
        return tensor.index_select(0, index)
    order = sorted(range(1, tensor.dim()), key=tensor.stride, reverse=True)
    order = [0, *order]
    back = torch.tensor(order).argsort().tolist()
    return tensor.permute(order).index_select(0, index).permute(back)
