"""NSNet, a sampler of frames."""

from typing import Any, Dict, Optional

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor

from ...._checks import require
from ....functional.nonsaliency import frame_targets
from ....functional.saliency import class_shares, top1_accuracy
from ..sampler import VideoSampler
from ..view_backbone import ViewBackbone
from .frame_scrutinize import FrameScrutinize
from .temporal_encoder import TemporalEncoder
from .video_glimpse import VideoGlimpse


@MODELS.register_module()
class NSNetSampler(ViewBackbone, VideoSampler):
    """Scores frames by what they show, and by what the others show.

    .. code-block:: text

        T frames --> extractor --> encoder --+--> frame scrutinize --> fs
                                             +--> video glimpse    --> vg

    The loss teaches what is salient, and what is not::

        L = w_fs CE(frames, targets)
          + w_vg (CE(salient, class) + w_ns CE(non-salient, class C))

    Targets come from the guiding saliency of ``tools/build_prototypes.py``,
    see :func:`frame_targets`. The paper's own losses are not known: these
    and their weights are ours.

    Args:
        backbone: config of the extractor, see :class:`ViewBackbone`.
        num_classes: C of the data set.
        frames_of_video: T.
        encoder: options of :class:`TemporalEncoder`.
        scrutinize: options of :class:`FrameScrutinize`.
        glimpse: options of :class:`VideoGlimpse`.
        suppress: whether it learns what is not salient. If not, each frame
            is taught the class of its video, and ``saliency`` of
            ``scrutinize`` must be ``'class'``.
        hard: see :func:`frame_targets`; needs ``suppress``.
        weights: w_fs, w_vg and w_ns; those left out are 1.
        freeze_extractor: whether it keeps its weights and statistics (ours).
            A view may then also give features, see :class:`FeatureView`.
        others: of :class:`ViewBackbone`.

    Raises:
        TypeError: if a number is no int.
        ValueError: if an option is out of range.
    """

    score_names = ('fs', 'vg')

    def __init__(self, backbone: dict, num_classes: int,
                 frames_of_video: int, encoder: Optional[dict] = None,
                 scrutinize: Optional[dict] = None,
                 glimpse: Optional[dict] = None, suppress: bool = True,
                 hard: bool = False, weights: Optional[dict] = None,
                 freeze_extractor: bool = False, **others: Any) -> None:
        super().__init__(backbone, **others)
        self.encoder = TemporalEncoder(self.out_channels, frames_of_video,
                                       **(encoder or {}))
        self.scrutinize = FrameScrutinize(self.out_channels, num_classes,
                                          **(scrutinize or {}))
        self.glimpse = VideoGlimpse(self.out_channels, num_classes,
                                    **(glimpse or {}))
        self.weights = dict(fs=1.0, vg=1.0, ns=1.0)
        for name, value in (weights or {}).items():
            require(name in self.weights and value >= 0, 'weights', weights,
                    'numbers >= 0 for fs, vg, ns', 'Correct it.')
            self.weights[name] = value
        require(suppress or (self.scrutinize.saliency == 'class'
                             and not hard), 'suppress',
                f'False with saliency={self.scrutinize.saliency!r} and '
                f'hard={hard}', "saliency='class' and hard=False",
                'Nothing is then taught to be not salient.')
        self.suppress, self.hard = suppress, hard
        self.needs_teacher = suppress
        self.freeze_extractor = freeze_extractor
        if freeze_extractor:
            self.backbone.requires_grad_(False)
            self.input_norm.requires_grad_(False)

    def train(self, mode: bool = True) -> 'NSNetSampler':
        """Set the mode; a frozen extractor stays in testing."""
        super().train(mode)
        if self.freeze_extractor:
            self.backbone.eval()
            self.input_norm.eval()
        return self

    def embed(self, views: Tensor) -> Tensor:
        """Frames (n, 1, C, H, W), or features (n, d) -> (n, d)."""
        if views.dim() > 2:
            return super().embed(views)
        require(self.freeze_extractor, 'freeze_extractor',
                'False with a view of features', 'True',
                'Set it, or let the view give frames.')
        require(views.size(1) == self.out_channels, 'features of the view',
                f'{views.size(1)} channels', f'{self.out_channels}, as the '
                'extractor gives', 'Write them with the same extractor.')
        return views

    def rate(self, features: Tensor) -> Dict[str, Tensor]:
        """See :class:`VideoSampler`."""
        encoded = self.encoder(features[None])
        _, by_frame = self.scrutinize(encoded)
        return dict(fs=by_frame[0], vg=self.glimpse(encoded).saliency[0])

    def loss(self, views: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """See :class:`Sampler`; ``teacher`` is the guiding saliency."""
        features = self.embed(views.flatten(0, 1))
        encoded = self.encoder(features.unflatten(0, views.shape[:2]))
        logits, _ = self.scrutinize(encoded)
        glimpse = self.glimpse(encoded)
        num_classes = logits.size(2) - 1
        shares = class_shares(labels, num_classes)
        if teacher is None:
            teacher = torch.ones_like(logits[..., 0])
        targets = frame_targets(teacher.to(logits), shares, self.hard)
        # Of a video: its classes, or "not salient"
        salient = F.pad(shares, (0, 1))
        losses = dict(
            loss_fs=self.weights['fs'] * F.cross_entropy(
                logits.flatten(0, 1), targets.flatten(0, 1)),
            loss_vg=self.weights['vg'] * F.cross_entropy(
                glimpse.salient, salient))
        if self.suppress:
            last = labels.new_full((len(labels), ), num_classes,
                                   dtype=torch.int64)
            losses['loss_ns'] = (
                self.weights['vg'] * self.weights['ns'] * F.cross_entropy(
                    glimpse.non_salient, last))
        losses['top1_acc'] = top1_accuracy(glimpse.salient[:, :-1], shares)
        return losses
