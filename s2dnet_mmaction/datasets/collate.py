"""A batch of raw videos of unequal length, made by the data loader."""

import math
from typing import Any, Dict, Sequence

import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS
from torch import Tensor
from torch.utils.data import get_worker_info

from .batch import check_videos, fill, has_batch_order, memory_shape, zeros


@FUNCTIONS.register_module()
def video_collate(samples: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """Stack videos, padded behind their end to the longest of the batch.

    Takes the place of ``pseudo_collate``, which keeps a list that the main
    process has to stack. A loader's worker writes the batch straight into
    the memory that it shares with the main process.

    Args:
        samples: of ``PackActionInputs``; ``inputs`` are (V, C, T, H, W),
            V views.

    Returns:
        ``inputs``, (N, V, C, T_max, H, W), where padding is 0; ``lengths``,
        (N, ) int64; lists of all else, such as ``data_samples``.

    Raises:
        TypeError: if a video is neither uint8 nor floating point.
        ValueError: if videos differ in more than their length.
    """
    videos = [sample['inputs'] for sample in samples]
    check_videos(videos)
    batch = pseudo_collate([{
        name: value
        for name, value in sample.items() if name != 'inputs'
    } for sample in samples])
    batch['lengths'] = torch.tensor([video.size(2) for video in videos])
    if len(videos) == 1 and has_batch_order(videos[0]):
        batch['inputs'] = videos[0].unsqueeze(0)
    else:
        batch['inputs'] = fill(_new(videos), videos, padding=False)
    return batch


def _new(videos: Sequence[Tensor]) -> Tensor:
    """Memory of the batch; zero, so that padding costs nothing."""
    shape, dtype = memory_shape(videos), videos[0].dtype
    if get_worker_info() is None:
        return zeros(shape, dtype)
    # As torch's own default_collate does: no copy on the way out
    num_bytes = math.prod(shape) * videos[0].element_size()
    storage = torch.UntypedStorage._new_shared(num_bytes, device='cpu')
    return torch.empty(0, dtype=dtype).set_(storage).view(shape)
