"""Batching of dense raw frames, and their normalisation after sampling."""

from typing import List, Optional, Sequence

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from ..._checks import require, require_frame_dtype


@MODELS.register_module()
class S2DNetDataPreprocessor(BaseDataPreprocessor):
    """Batch uint8 videos of unequal length.

    The frames stay as they are: filter rows sum to 1, so normalising
    commutes with sampling, and S2DNet calls :meth:`normalize` on the small
    sampled volumes instead. Shorter videos are padded behind their end;
    ``lengths`` tells the network where that is.

    Args:
        mean: per channel, of frames in 0..255.
        std: per channel.
        to_rgb: whether the frames are BGR and the networks take RGB. The
            host's loaders give RGB.

    Raises:
        ValueError: if only one of mean and std is given.
    """

    def __init__(self,
                 mean: Optional[Sequence[float]] = None,
                 std: Optional[Sequence[float]] = None,
                 to_rgb: bool = False) -> None:
        super().__init__()
        require((mean is None) == (std is None), 'mean and std',
                f'mean={mean}, std={std}', 'both or neither',
                'Give both to normalise.')
        self.to_rgb = to_rgb
        self.normalizes = mean is not None
        if self.normalizes:
            shape = (-1, 1, 1)
            self.register_buffer('mean', torch.tensor(mean).view(shape), False)
            self.register_buffer('std', torch.tensor(std).view(shape), False)

    def normalize(self, frames: Tensor) -> Tensor:
        """(..., C, H, W) floats in 0..255 -> zero mean, unit deviation."""
        if self.to_rgb:
            frames = frames.flip(-3)
        if self.normalizes:
            frames = frames.sub(self.mean).div_(self.std)
        return frames

    def forward(self, data: dict, training: bool = False) -> dict:
        """Move a batch to the device and stack it.

        Args:
            data: ``inputs``, one (V, C, T, H, W) tensor per video as
                FormatShape('NCTHW') gives it (V views), and
                ``data_samples``.
            training: not used; the host's argument.

        Returns:
            ``inputs`` (N, V, C, T_max, H, W), ``lengths`` (N,), on the
            CPU, and ``data_samples``: the arguments of S2DNet.

        Raises:
            TypeError: if a video is neither uint8 nor floating point.
            ValueError: if videos differ in more than their length.
        """
        data = self.cast_data(data)
        inputs = data['inputs']
        if isinstance(inputs, Tensor):  # stacked by default_collate
            inputs = list(inputs)
        _check_videos(inputs)
        return dict(
            inputs=_stack(inputs),
            lengths=torch.tensor([video.size(2) for video in inputs]),
            data_samples=data.get('data_samples'))


def _stack(videos: List[Tensor]) -> Tensor:
    """Stack along a new first axis, padding T with zeros.

    FormatShape hands out a view of (V, T, H, W, C) memory. The batch keeps
    that order in memory, so that each video is copied in one piece.
    """
    longest = max(video.size(2) for video in videos)
    views, channels, _, height, width = videos[0].shape
    batch = videos[0].new_empty(
        len(videos), views, longest, height, width, channels)
    for row, video in zip(batch, videos):
        row[:, :video.size(2)] = video.permute(0, 2, 3, 4, 1)
        row[:, video.size(2):] = 0
    return batch.permute(0, 1, 5, 2, 3, 4)


def _check_videos(videos: Sequence[Tensor]) -> None:
    for i, video in enumerate(videos):
        name = f'inputs[{i}]'
        require_frame_dtype(name, video)
        require(video.dim() == 5 and video.size(2) > 0, f'{name}.shape',
                tuple(video.shape), '(V, C, T, H, W) with T >= 1',
                "End the pipeline with FormatShape(input_format='NCTHW').")
        shape, first = list(video.shape), list(videos[0].shape)
        shape[2] = first[2] = 'T'
        require(shape == first and video.dtype == videos[0].dtype,
                f'{name}.shape', f'{shape} {video.dtype}',
                f'{first} {videos[0].dtype}, as the first of the batch',
                'Only the number of frames may differ within a batch: give '
                'all videos one size with a crop or Resize, or use '
                'batch_size=1.')
