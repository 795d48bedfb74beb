"""A sampler that scores each clip by itself, from images."""

from typing import Dict, Optional, Sequence, Union

import torch
import torch.nn as nn
from mmaction.registry import MODELS
from mmengine.model import normal_init
from torch import Tensor

from ..._checks import require
from ..backbones.video_backbone import VideoBackbone
from .sampler import Sampler, build_objective


@MODELS.register_module()
class ClipSampler(VideoBackbone, Sampler):
    """A small network that looks at a few small frames of a clip.

    .. code-block:: text

        F frames --> backbone --> mean --> dropout --> fc --> outputs
                                                  objective: saliency, loss

    Args:
        backbone: config of any backbone, see :class:`VideoBackbone`; a 2D
            one sees each frame by itself.
        num_classes: of the data set.
        objective: config of :class:`ActionObjective`,
            :class:`SalientObjective`, :class:`RankObjective` or one of
            one's own.
        mean, std: of the channels, as in ``ActionDataPreprocessor``.
        num_frames: F, as the view of the clip.
        size: (H, W) or one number for both, as the view.
        channels: (first, end) of those of the view that it sees; None: all.
        norm_input: whether a batch norm comes first (CoViAR).
        dropout_ratio: before the classifier (MMAction2's TSN: 0.5).
        init_std: of the classifier's weights (MMAction2's TSN: 0.01).
        input_format, feature_shape, init_cfg, temporal_shift: see
            :class:`VideoBackbone`. The file of ``init_cfg`` may also have
            the classifier.

    Raises:
        ValueError: if an option is out of range.
    """

    def __init__(self,
                 backbone: dict,
                 num_classes: int,
                 objective: dict,
                 mean: Sequence[float],
                 std: Sequence[float],
                 num_frames: int = 1,
                 size: Union[int, Sequence[int]] = 112,
                 channels: Optional[Sequence[int]] = None,
                 norm_input: bool = False,
                 dropout_ratio: float = 0.5,
                 init_std: float = 0.01,
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
        self.objective = build_objective(objective)
        self.needs_teacher = self.objective.needs_teacher
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(self.out_channels,
                            self.objective.num_outputs(num_classes))
        self.init_std = init_std
        for name, values in (('mean', mean), ('std', std)):
            self.register_buffer(
                name, torch.tensor(values).float().view(-1, 1, 1), False)

    def init_weights(self) -> None:
        """Initialise; then fill backbone and classifier from the file."""
        if self.is_init:
            return
        super().init_weights()
        normal_init(self.fc, std=self.init_std)
        if self.pretrained is not None:
            self.pretrained.load_classifier(self.fc)

    def forward(self, views: Tensor) -> Tensor:
        """(n, F, C, H, W) raw frames, 0..255 -> (n, O) outputs."""
        views = views[:, :, self.channels]
        require(tuple(views.shape[-2:]) == self.size, 'view of the sampler',
                tuple(views.shape[-2:]), f'size={self.size}',
                'Change the size of the view, or of the sampler.')
        frames = (views - self.mean) / self.std
        frames = self.input_norm(frames.flatten(0, 1)).view_as(frames)
        features = self.extract(frames).mean((2, 3, 4))
        return self.fc(self.dropout(features))

    def score(self, views: Tensor) -> Tensor:
        """See :class:`Sampler`."""
        return self.objective.saliency(self(views))

    def loss(self, views: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """See :class:`Sampler`."""
        outputs = self(views.flatten(0, 1)).unflatten(0, views.shape[:2])
        return self.objective.loss(outputs, labels, teacher)
