"""What a sampler of images reads a view with: any backbone, and a mean."""

from typing import Optional, Sequence, Union

import torch
import torch.nn as nn
from torch import Tensor

from ..._checks import require
from ..backbones.video_backbone import VideoBackbone


class ViewBackbone(VideoBackbone):
    """From raw frames of a view to one feature of each candidate.

    .. code-block:: text

        F frames --> (input norm) --> backbone --> mean

    Args:
        backbone: config of any backbone, see :class:`VideoBackbone`; a 2D
            one sees each frame by itself.
        mean, std: of the channels, as in ``ActionDataPreprocessor``.
        num_frames: F, as the view of the clip.
        size: (H, W) or one number for both, as the view.
        channels: (first, end) of those of the view that it sees; None: all.
        norm_input: whether a batch norm comes first (CoViAR).
        input_format, feature_shape, init_cfg, temporal_shift: see
            :class:`VideoBackbone`.

    Raises:
        ValueError: if an option is out of range.
    """

    def __init__(self,
                 backbone: dict,
                 mean: Sequence[float],
                 std: Sequence[float],
                 num_frames: int = 1,
                 size: Union[int, Sequence[int]] = 112,
                 channels: Optional[Sequence[int]] = None,
                 norm_input: bool = False,
                 input_format: Optional[str] = None,
                 feature_shape: Optional[Sequence[int]] = None,
                 init_cfg: Optional[dict] = None,
                 temporal_shift: Optional[dict] = None) -> None:
        super().__init__(backbone, num_frames, size, input_format,
                         feature_shape, init_cfg,
                         temporal_shift=temporal_shift,
                         in_channels=len(mean))
        first, end = channels or (0, len(mean))
        require(end - first == len(mean) == len(std), 'channels', channels,
                f'{len(mean)} channels, as mean and std',
                'Give first and end.')
        self.channels = slice(first, end)
        self.input_norm = nn.BatchNorm2d(
            len(mean)) if norm_input else nn.Identity()
        for name, values in (('mean', mean), ('std', std)):
            self.register_buffer(
                name, torch.tensor(values).float().view(-1, 1, 1), False)

    def embed(self, views: Tensor) -> Tensor:
        """(n, F, C, H, W) raw frames, 0..255 -> (n, d) features."""
        views = views[:, :, self.channels]
        require(tuple(views.shape[-2:]) == self.size, 'view of the sampler',
                tuple(views.shape[-2:]), f'size={self.size}',
                'Change the size of the view, or of the sampler.')
        frames = (views - self.mean) / self.std
        frames = self.input_norm(frames.flatten(0, 1)).view_as(frames)
        return self.extract(frames).mean((2, 3, 4))
