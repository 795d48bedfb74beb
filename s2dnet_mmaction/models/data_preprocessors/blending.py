"""Mixup and CutMix of raw frames."""

from typing import Callable, Tuple

import torch
from mmaction.utils import SampleList
from torch import Tensor

from ..._checks import require


def blend(blending: Callable, inputs: Tensor, lengths: Tensor,
          data_samples: SampleList) -> Tuple[Tensor, Tensor, SampleList]:
    """Mix the videos of a batch, and their labels.

    MMAction2's blending mixes frame t of a video with frame t of another.
    Past the end of a shorter video that would be padding, although the
    label counts it in full. So all videos are stretched to the longest one
    first: frame t becomes frame ``floor((t + 0.5) L / T)``. S2DNet samples
    at relative positions, so it sees the same parts of a stretched video.

    Args:
        blending: MMAction2's MixupBlending, CutmixBlending,
            RandomBatchAugment, or one like them.
        inputs: (N, V, C, T, H, W) raw frames.
        lengths: (N,) valid frames of each video, on the CPU.
        data_samples: one per video, with ``gt_label``; on the CPU, as to
            read a label from a GPU would wait for it.

    Returns:
        mixed frames of the same type, uint8 rounded; lengths, all T if the
        videos differed; data samples with soft labels.

    Raises:
        ValueError: if the blending and a label disagree about the classes.
    """
    # Copies: both are the loader's, and CutMix and _stretch write to them.
    inputs = inputs.clone()
    data_samples = [sample.cpu() for sample in data_samples]
    _check_labels(blending, data_samples)
    if int(lengths.min()) < inputs.size(3):
        for video, length in zip(inputs, lengths.tolist()):
            _stretch(video, length)
        lengths = torch.full_like(lengths, inputs.size(3))
    mixed, data_samples = blending(inputs, data_samples)
    if not inputs.is_floating_point() and mixed.is_floating_point():
        mixed = mixed.round_().to(inputs.dtype)
    return mixed, lengths, data_samples


def _stretch(video: Tensor, length: int) -> None:
    """(V, C, T, H, W): spread the first frames over all T, in place."""
    num_frames = video.size(2)
    if length < num_frames:
        times = torch.arange(num_frames, device=video.device)
        # floor((t + 0.5) L / T) in integers
        index = (2 * times + 1) * length // (2 * num_frames)
        video.copy_(video.index_select(2, index))


def check_classes(blending: Callable, num_classes: int) -> None:
    """Raise ValueError unless a blending makes labels of this many classes."""
    got = getattr(blending, 'num_classes', num_classes)
    require(got == num_classes, 'data_preprocessor.blending.num_classes', got,
            f'{num_classes}, as in cls_head',
            'Set it to the number of classes of the head.')


def _check_labels(blending: Callable, data_samples: SampleList) -> None:
    """Name what MMAction2 reports as an index error or a CUDA assertion."""
    num_classes = getattr(blending, 'num_classes', None)
    for i, sample in enumerate(data_samples):
        label = sample.gt_label
        require(
            num_classes is None or label.numel() == num_classes
            or label.numel() == 1 and 0 <= int(label) < num_classes,
            f'gt_label of video {i}', label.tolist(),
            f'0 <= label < num_classes={num_classes}',
            'Set num_classes to that of the annotation file.')
