"""Collation of raw videos of unequal length in a data loader."""

from typing import Any, Dict, Sequence

import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS

from .batch import check_videos, has_batch_order, stack


@FUNCTIONS.register_module()
def video_collate(samples: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """Stack videos, padded at the end to the longest of the batch.

    Takes the place of ``pseudo_collate``, which makes a list that the main
    process has to stack. A loader's worker writes the batch straight into
    memory that it shares with the main process.

    Args:
        samples: of ``PackActionInputs``; ``inputs`` are (V, C, T, H, W),
            V views.

    Returns:
        ``inputs``, (N, V, C, T_max, H, W), padded with 0; ``lengths``,
        (N, ) int64; lists of all else, such as ``data_samples``.

    Raises:
        TypeError: if a video is neither uint8 nor floating point.
        ValueError: if videos differ in more than their length.
    """
    videos = [sample['inputs'] for sample in samples]
    check_videos(videos)
    batch = pseudo_collate([
        {name: value for name, value in sample.items() if name != 'inputs'}
        for sample in samples
    ])
    batch['lengths'] = torch.tensor([video.size(2) for video in videos])
    if len(videos) == 1 and has_batch_order(videos[0]):
        batch['inputs'] = videos[0].unsqueeze(0)
    else:
        batch['inputs'] = stack(videos, torch.device('cpu'))
    return batch
