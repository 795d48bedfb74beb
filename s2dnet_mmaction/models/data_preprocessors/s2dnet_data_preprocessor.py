"""Batching of dense raw frames, and their normalisation after sampling."""

import copy
from typing import Dict, Optional, Sequence

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from ..._checks import require, require_frame_dtype
from ...datasets.batch import (
    check_videos,
    has_batch_order,
    require_clip_shape,
    stack,
)
from .blending import blend


@MODELS.register_module()
class S2DNetDataPreprocessor(BaseDataPreprocessor):
    """Batch uint8 videos of unequal length.

    The frames stay as they are: filter rows sum to 1, so normalising
    commutes with sampling, and S2DNet normalises the small sampled volumes
    instead. Shorter videos are padded after their last frame; ``lengths``
    has their numbers of frames.

    Args:
        mean: per channel, of RGB frames in 0..255.
        std: per channel.
        blending: config of MixupBlending, CutmixBlending or
            RandomBatchAugment, for training; see :func:`blend`.
        non_blocking: whether the copy to a GPU is asynchronous, which it is
            only if the data loader pins memory.

    Raises:
        ValueError: if only one of mean and std is given.
    """

    def __init__(self, mean: Optional[Sequence[float]] = None,
                 std: Optional[Sequence[float]] = None,
                 blending: Optional[dict] = None,
                 non_blocking: bool = True) -> None:
        super().__init__(non_blocking=non_blocking)
        require((mean is None) == (std is None), 'mean and std',
                f'mean={mean}, std={std}', 'both or neither',
                'Give both to normalise.')
        # A copy, because RandomBatchAugment changes its list ``probs``.
        self.blending = blending and MODELS.build(copy.deepcopy(blending))
        self.normalizes = mean is not None
        if self.normalizes:
            shape = (-1, 1, 1)
            self.register_buffer('mean', torch.tensor(mean).view(shape), False)
            self.register_buffer('std', torch.tensor(std).view(shape), False)

    @property
    def statistics(self) -> Dict[str, Tensor]:
        """``mean`` and ``std``, each (C,); empty if there are none."""
        if not self.normalizes:
            return {}
        return dict(mean=self.mean.flatten(), std=self.std.flatten())

    @property
    def channels(self) -> Optional[int]:
        """Channels of the frames; None if mean and std do not tell."""
        return self.mean.numel() if self.normalizes else None

    def normalize(self, frames: Tensor) -> Tensor:
        """(..., C, H, W) floats in 0..255 -> zero mean, unit deviation."""
        if self.normalizes:
            frames = frames.sub(self.mean).div_(self.std)
        return frames

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move a batch to the device, stacked.

        Args:
            data: ``inputs`` and ``data_samples``; ``lengths`` (N,) if
                ``video_collate`` made the batch. ``inputs`` are
                (N, V, C, T_max, H, W) from ``video_collate`` or
                ``default_collate``, or one (V, C, T, H, W) per video from
                ``pseudo_collate``, with V views.
            training: whether to blend the videos.

        Returns:
            ``inputs`` (N, V, C, T_max, H, W), ``lengths`` (N,), on the
            CPU, and ``data_samples``: the arguments of S2DNet.

        Raises:
            TypeError: if a video is neither uint8 nor floating point.
            ValueError: if videos differ in more than their length, or the
                lengths are not theirs.
        """
        inputs, lengths = data['inputs'], data.get('lengths')
        if isinstance(inputs, Tensor):
            lengths = _check_batch(inputs, lengths)
            inputs = self.cast_data(inputs)
        else:
            check_videos(inputs)
            lengths = torch.tensor([video.size(2) for video in inputs])
            inputs = self._stack(inputs)
        data_samples = data.get('data_samples')
        if training and self.blending is not None:
            inputs, lengths, data_samples = blend(self.blending, inputs,
                                                  lengths, data_samples)
        return dict(inputs=inputs, lengths=lengths,
                    data_samples=self.cast_data(data_samples))

    def _stack(self, videos: Sequence[Tensor]) -> Tensor:
        if len(videos) == 1 and has_batch_order(videos[0]):
            return self.cast_data(videos[0]).unsqueeze(0)
        # Each video goes straight to its place on the device.
        return stack(videos, self.device)


def _check_batch(batch: Tensor, lengths: Optional[Tensor]) -> Tensor:
    """(N,) lengths of the videos of a stacked batch."""
    require_frame_dtype('inputs', batch)
    require_clip_shape('inputs', batch, 'NVCTHW')
    num_videos, longest = batch.size(0), batch.size(3)
    if lengths is None:
        return torch.full((num_videos, ), longest)
    lengths = lengths.cpu()
    require(
        lengths.shape == (num_videos, ) and lengths.min() >= 1
        and lengths.max() <= longest, 'lengths', lengths.tolist(),
        f'{num_videos} numbers from 1 to {longest}',
        'Give one length for each video of the batch.')
    return lengths
