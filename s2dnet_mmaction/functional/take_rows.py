"""Rows of a tensor, copied in the order of memory."""

from typing import Callable, Optional, Tuple

import torch
from torch import Tensor

from .._compat import is_compiling

Empty = Callable[[Tuple[int, ...], torch.dtype, torch.device], Tensor]


def take_rows(tensor: Tensor, index: Tensor,
              empty: Optional[Empty] = None) -> Tensor:
    """``tensor[index]`` along the first axis.

    Clips are (B, T, C, H, W) views of memory in the order (B, T, H, W, C).
    torch's indexing copies such a row number by number on a CPU; in the
    order of memory it copies it in one piece, up to 16 times faster.

    Args:
        tensor: (B, ...), any strides.
        index: (n,) int64.
        empty: on a CPU it gives the memory of the result, through which no
            gradient flows then; None: torch.

    Returns:
        (n, ...); on a CPU with the tensor's order of memory.
    """
    if tensor.device.type != 'cpu' or is_compiling():
        return tensor.index_select(0, index)
    order = sorted(range(1, tensor.dim()), key=tensor.stride, reverse=True)
    order = [0, *order]
    back = torch.tensor(order).argsort().tolist()
    memory = tensor.permute(order)
    if empty is None:
        return memory.index_select(0, index).permute(back)
    rows = empty((len(index), *memory.shape[1:]), tensor.dtype, tensor.device)
    return torch.index_select(memory, 0, index, out=rows).permute(back)
