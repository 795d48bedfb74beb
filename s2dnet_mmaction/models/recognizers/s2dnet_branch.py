"""SNet or DNet alone (Tab. 2a)."""

from typing import Any, Dict, Optional, Tuple

from mmaction.registry import MODELS
from mmaction.utils import OptSampleList
from torch import Tensor

from ..._checks import require
from ..backbones import DNet, SNet
from ..common.options import build_module
from ..common.second_pass import refuse_second_pass
from .base import RawFrameRecognizer


@MODELS.register_module()
class S2DNetBranch(RawFrameRecognizer):
    """SNet alone, or DNet alone on a frozen window.

    .. code-block:: text

        raw frames --> synopsis sampler ------> SNet --> classifier
        raw frames --> frozen detail sampler -> DNet --> classifier

    Tab. 2a of the paper: for DNet alone "all sampling parameters for the
    detail sampler are frozen, all lateral fusions in the detail backbone
    are canceled and the detail classifier takes as input only the detail
    features". There is no top-k mask.

    Args:
        backbone: config of :class:`SNet`, or of :class:`DNet` without
            fusion stages.
        cls_head: config of a head of MMAction2 for 3D features, like
            I3DHead (GAP, dropout, FC); ``in_channels`` is filled in.
        neck: config of :class:`DetailSampler` with ``axes=()`` for DNet;
            None for SNet, which has its own sampler.
        options: those of :class:`RawFrameRecognizer`.

    Raises:
        ValueError: if the modules do not fit each other.
    """

    def __init__(self, backbone: dict, cls_head: dict,
                 neck: Optional[dict] = None,
                 **options: Optional[dict]) -> None:
        super().__init__(**options)
        self.backbone = build_module('backbone', backbone)
        require(isinstance(self.backbone, (SNet, DNet)), 'backbone',
                type(self.backbone).__name__, 'SNet or DNet',
                'Put the backbone into one of them.')
        fusions = getattr(self.backbone, 'fusion_stages', ())
        require(not fusions, 'backbone.fusion_stages', fusions, '()',
                'A DNet on its own has no contextual features.')
        is_snet = isinstance(self.backbone, SNet)
        require((neck is None) == is_snet, 'neck', neck,
                'None for SNet, DetailSampler with axes=() for DNet',
                'SNet samples its synopsis itself.')
        self.neck = None
        if neck is not None:
            size = (self.backbone.num_frames, *self.backbone.size)
            self.neck = build_module('neck', neck, size=size)
            require(self.neck.locator is None, 'neck.axes',
                    neck.get('axes', 'time and space'), '()',
                    'A locator needs a synopsis.')
        self.cls_head = build_module(
            'cls_head', cls_head, in_channels=self.backbone.out_channels)
        self.check_blending()

    def init_weights(self) -> None:
        """Initialise; then fill the classifier from the file of the net."""
        if self.is_init:
            return
        super().init_weights()
        if self.backbone.pretrained is not None:
            self.backbone.pretrained.load_classifier(
                getattr(self.cls_head, 'fc_cls', None))

    def run(self, frames: Tensor, lengths: Tensor,
            data_samples: OptSampleList) -> Tuple[Tensor, Dict[str, Any]]:
        """Frames (N V, T, C, H, W) -> features (N V, C', T', h, w)."""
        refuse_second_pass(data_samples, 'one net on its own')
        preprocessor = self.data_preprocessor
        if self.neck is None:
            synopsis = self.backbone.sample(frames, lengths)
            normalised = preprocessor.normalize(synopsis)
        else:
            normalised, *_ = self.neck(frames, lengths,
                                       **preprocessor.statistics)
        return self.backbone(normalised), {}
