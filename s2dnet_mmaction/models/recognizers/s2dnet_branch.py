"""One of the two nets of S2DNet on its own (Tab. 2a)."""

from typing import Any, Dict, Optional, Tuple

from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS
from mmaction.utils import OptSampleList, SampleList
from torch import Tensor

from ..._checks import require, require_choice
from ..backbones import DNet, SNet
from ..common.options import STAGES, build_preprocessor, fill_part, split_views
from ..common.second_pass import refuse_second_pass


@MODELS.register_module()
class S2DNetBranch(BaseRecognizer):
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
        cls_head: config of a head of the host for 3D features, like
            I3DHead (GAP, dropout, FC); ``in_channels`` is filled in.
        neck: config of :class:`DetailSampler` with ``axes=()`` for DNet;
            None for SNet, which has its own sampler.
        train_cfg: not used; the host's argument.
        test_cfg: not used; the host's argument.
        data_preprocessor: config of :class:`S2DNetDataPreprocessor`.

    Raises:
        ValueError: if the parts do not fit.
    """

    def __init__(self,
                 backbone: dict,
                 cls_head: dict,
                 neck: Optional[dict] = None,
                 train_cfg: Optional[dict] = None,
                 test_cfg: Optional[dict] = None,
                 data_preprocessor: Optional[dict] = None) -> None:
        super(BaseRecognizer, self).__init__(
            data_preprocessor=build_preprocessor(data_preprocessor))
        self.backbone_from = 'mmaction2'
        self.train_cfg, self.test_cfg = train_cfg, test_cfg
        self.backbone = MODELS.build(fill_part('backbone', backbone))
        require(
            isinstance(self.backbone, (SNet, DNet)), 'backbone',
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
            self.neck = MODELS.build(fill_part('neck', neck, size=size))
            require(self.neck.location_scale is None, 'neck.axes',
                    neck.get('axes', 'time and space'), '()',
                    'Without a synopsis nothing can tell where to look.')
        self.cls_head = MODELS.build(
            fill_part(
                'cls_head', cls_head, in_channels=self.backbone.out_channels))

    def init_weights(self) -> None:
        """Initialise; then fill the classifier that came with the net."""
        if self.is_init:
            return
        super().init_weights()
        if self.backbone.pretrained is not None:
            self.backbone.pretrained.load_classifier(
                getattr(self.cls_head, 'fc_cls', None))

    def extract_feat(self,
                     inputs: Tensor,
                     stage: str = 'neck',
                     data_samples: OptSampleList = None,
                     test_mode: bool = False,
                     lengths: Optional[Tensor] = None
                     ) -> Tuple[Tensor, Dict[str, Any]]:
        """Run the network up to the head.

        Args:
            inputs: (N, V, C, T, H, W) raw frames of V views per video, or
                (N, C, T, H, W) of one; 0..255, not normalised.
            stage: ``'backbone'`` and ``'neck'`` give the features,
                ``'head'`` the logits.
            data_samples: not used; the host's argument.
            test_mode: not used; the host's argument.
            lengths: (N,) valid frames of each video; None: all T.

        Returns:
            features (N V, C', T', h, w) or logits (N V, K), and nothing
            else for the head.
        """
        require_choice('stage', stage, STAGES)
        frames, lengths = split_views(inputs, lengths)
        preprocessor = self.data_preprocessor
        if self.neck is None:
            synopsis = self.backbone.sample(frames, lengths)
            features = self.backbone(preprocessor.normalize(synopsis))
        else:
            volume, _ = self.neck(frames, lengths, **preprocessor.statistics)
            features = self.backbone(preprocessor.order_channels(volume))
        if stage == 'head':
            return self.cls_head(features), {}
        return features, {}

    def loss(self,
             inputs: Tensor,
             data_samples: SampleList,
             lengths: Optional[Tensor] = None) -> Dict[str, Tensor]:
        """Cross entropy and training accuracies of the head."""
        refuse_second_pass(data_samples, 'one net on its own')
        features, _ = self.extract_feat(inputs, lengths=lengths)
        return self.cls_head.loss(features, data_samples)

    def predict(self,
                inputs: Tensor,
                data_samples: SampleList,
                lengths: Optional[Tensor] = None) -> SampleList:
        """Predictions of the head."""
        refuse_second_pass(data_samples, 'one net on its own')
        features, _ = self.extract_feat(inputs, lengths=lengths)
        return self.cls_head.predict(features, data_samples)

    def _forward(self,
                 inputs: Tensor,
                 stage: str = 'backbone',
                 lengths: Optional[Tensor] = None) -> Tensor:
        """Mode ``'tensor'``: the result of :meth:`extract_feat` alone."""
        return self.extract_feat(inputs, stage=stage, lengths=lengths)[0]
