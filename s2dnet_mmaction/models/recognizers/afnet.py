"""AFNet: look more but care less (NeurIPS 2022)."""

from typing import Any, Dict, Optional, Tuple

import torch
from mmaction.models.recognizers import Recognizer2D
from mmaction.registry import MODELS
from mmaction.utils import OptSampleList, SampleList
from torch import Tensor

from ..._checks import require, require_choice
from ..backbones.afnet.af_backbone import AFBackbone
from ..backbones.afnet.frame_macs import FrameMacs, count_frame_macs
from ..common.complete_loading import CompleteLoading

STAGES = ('backbone', 'neck', 'head')
_TEST_OPTIONS = ('return_masks', 'return_feature')


@MODELS.register_module()
class AFNet(Recognizer2D, CompleteLoading):
    """A recognizer of frames whose backbone looks closely at some of them.

    .. code-block:: text

        T frames --> AFResNet --> features of each frame --> head, mean over T
                         |
                         +------> masks (blocks, N, T) --> KeepRatioLoss

    Its pipelines, preprocessor and head are those of MMAction2's TSN and TSM.

    Args:
        backbone: config of :class:`AFResNet` or :class:`AFMobileNetV3`.
        cls_head: config of a head for 2D features, such as TSNHead.
        keep_ratio: config of :class:`KeepRatioLoss`; None: without that
            loss, as where the gate is soft or there is none.
        options: ``data_preprocessor``, ``train_cfg`` and ``test_cfg`` of
            MMAction2's Recognizer2D. ``test_cfg`` may have
            ``return_masks=True``, which adds to each prediction
            ``keep_masks`` (blocks, T of all views) and ``macs``, its
            multiply-adds, and ``return_feature=True``, which adds
            ``feature`` (C,).

    Raises:
        ValueError: if the parts do not fit each other.
    """

    def __init__(self, backbone: dict, cls_head: dict,
                 keep_ratio: Optional[dict] = None, **options: Any) -> None:
        require(options.get('neck') is None, 'neck', options.get('neck'),
                'none', 'Leave it out: AFNet has no neck.')
        super().__init__(backbone=backbone, cls_head=cls_head, **options)
        self.test_cfg = dict(self.test_cfg or {})
        for name in self.test_cfg:
            require_choice('test_cfg', name, _TEST_OPTIONS)
        require(isinstance(self.backbone, AFBackbone), 'backbone',
                type(self.backbone).__name__, 'AFResNet or AFMobileNetV3',
                'For others take Recognizer2D.')
        require(self.backbone.out_channels == self.cls_head.in_channels,
                'cls_head.in_channels', self.cls_head.in_channels,
                f'{self.backbone.out_channels}, the channels of the backbone',
                'Correct it.')
        frames = getattr(self.cls_head, 'num_segments', None)
        require(frames in (None, self.backbone.num_segments),
                'cls_head.num_segments', frames,
                f'{self.backbone.num_segments}, as the backbone',
                'Set both to the frames of a clip.')
        self._frame_macs: Dict[Tuple[int, int], FrameMacs] = {}
        self.keep_ratio = None
        if keep_ratio is not None:
            require(self.backbone.gate.is_hard
                    and self.backbone.has_navigation, 'keep_ratio', 'a loss '
                    f'with gate={backbone.get("gate")!r}', "gate='gumbel'",
                    'Leave keep_ratio out: no frame is skipped.')
            self.keep_ratio = MODELS.build(
                dict(type='KeepRatioLoss', **keep_ratio))

    def extract_feat(self, inputs: Tensor, stage: str = 'neck',
                     data_samples: OptSampleList = None,
                     test_mode: bool = False
                     ) -> Tuple[Tensor, Dict[str, Any]]:
        """Run the backbone, or the head too.

        Args:
            inputs: (N, V T, 3, H, W) normalised frames of V views.
            stage: ``'backbone'`` and ``'neck'`` give the features
                (N V T, C, h, w), ``'head'`` the answer (N, K).
            data_samples, test_mode: not used; arguments of MMAction2.

        Returns:
            features or answer, and what else the head or the caller needs:
            ``num_segs`` V T and ``masks`` (blocks, N V, T).
        """
        require_choice('stage', stage, STAGES)
        features, masks = self.backbone(inputs.flatten(0, 1))
        others = dict(num_segs=inputs.size(1), masks=masks)
        if stage == 'head':
            return self.cls_head(features, **others), others
        return features, others

    def loss(self, inputs: Tensor, data_samples: SampleList,
             **kwargs: Any) -> Dict[str, Tensor]:
        """Losses and training accuracies; ``keep_ratio`` is logged."""
        features, others = self.extract_feat(inputs)
        masks = others.pop('masks')
        losses = self.cls_head.loss(features, data_samples, **others)
        losses['keep_ratio'] = masks.detach().float().mean()
        if self.keep_ratio is not None:
            losses['loss_keep_ratio'] = self.keep_ratio(masks)
        return losses

    def predict(self, inputs: Tensor, data_samples: SampleList,
                **kwargs: Any) -> SampleList:
        """Predictions of the head."""
        features, others = self.extract_feat(inputs)
        masks = others.pop('masks')
        data_samples = self.cls_head.predict(features, data_samples,
                                             **others)
        number = len(data_samples)
        if self.test_cfg.get('return_masks', False):
            of_videos = masks.flatten(1).unflatten(1, (number, -1))
            cost = self.frame_macs(tuple(inputs.shape[-2:]))
            for sample, mask in zip(data_samples, of_videos.unbind(1)):
                sample.set_field(mask.to(torch.float32), 'keep_masks')
                # Soft weights leave nothing out.
                looked = mask if self.backbone.gate.is_hard else mask.ceil()
                sample.set_field(cost.of(looked), 'macs')
        if self.test_cfg.get('return_feature', False):
            rows = features.float().mean((2, 3)).unflatten(0, (number, -1))
            for sample, row in zip(data_samples, rows.mean(1)):
                sample.set_field(row, 'feature')
        return data_samples

    def frame_macs(self, size: Tuple[int, int]) -> FrameMacs:
        """Multiply-adds of a frame of a size (H, W)."""
        if size not in self._frame_macs:
            self._frame_macs[size] = count_frame_macs(
                self.backbone, self.cls_head, size)
        return self._frame_macs[size]

    def _forward(self, inputs: Tensor, stage: str = 'backbone',
                 **kwargs: Any) -> Tensor:
        """Mode ``'tensor'``: the result of :meth:`extract_feat` alone."""
        return self.extract_feat(inputs, stage)[0]
