"""Base of the recognizers that sample raw frames by themselves."""

from abc import abstractmethod
from typing import Any, Dict, Optional, Tuple

from mmaction.models.recognizers import BaseRecognizer
from mmaction.utils import OptSampleList, SampleList
from torch import Tensor

from ..._checks import require_choice
from ..common.complete_loading import CompleteLoading
from ..common.options import build_preprocessor
from ..common.second_pass import refuse_second_pass
from ..common.views import split_views
from ..data_preprocessors.blending import check_classes

STAGES = ('backbone', 'neck', 'head')


class RawFrameRecognizer(BaseRecognizer, CompleteLoading):
    """Recognizer of raw frames of videos of unequal length.

    Weights that do not fill it are refused, see :class:`CompleteLoading`.

    Subclasses build their modules, among them ``cls_head``, and implement
    :meth:`run`. In all methods ``inputs`` are (N, V, C, T, H, W) raw frames
    of V views per video, or (N, C, T, H, W) of one, 0..255 and not
    normalised; ``lengths`` are (N,) valid frames of each video, None for
    all T.

    Args:
        data_preprocessor: config of :class:`S2DNetDataPreprocessor`.
        train_cfg: not used; an argument of MMAction2.
        test_cfg: options, kept as ``self.test_cfg``. ``return_feature=True``
            adds ``feature`` (C',) to each prediction: the features before
            the head, averaged over space, time and views. A subclass may
            have others.
    """

    def __init__(self, data_preprocessor: Optional[dict] = None,
                 train_cfg: Optional[dict] = None,
                 test_cfg: Optional[dict] = None) -> None:
        # BaseRecognizer would build one backbone and the preprocessor.
        super(BaseRecognizer, self).__init__(
            data_preprocessor=build_preprocessor(data_preprocessor))
        self.backbone_from = 'mmaction2'
        self.train_cfg, self.test_cfg = train_cfg, dict(test_cfg or {})

    def check_blending(self) -> None:
        """Raise ValueError if blended labels do not fit the head."""
        if self.data_preprocessor.blending is not None:
            check_classes(self.data_preprocessor.blending,
                          self.cls_head.num_classes)

    @abstractmethod
    def run(self, frames: Tensor, lengths: Tensor,
            data_samples: OptSampleList) -> Tuple[Tensor, Dict[str, Any]]:
        """Run the network up to the head.

        Args:
            frames: (N V, T, C, H, W) raw frames; the views of a video are
                neighbours.
            lengths: (N V,) valid frames.
            data_samples: one per video; None in mode ``'tensor'``.

        Returns:
            features (N V, C', T', h, w), and what else the head needs.
        """

    def extract_feat(self, inputs: Tensor, stage: str = 'neck',
                     data_samples: OptSampleList = None,
                     test_mode: bool = False,
                     lengths: Optional[Tensor] = None
                     ) -> Tuple[Tensor, Dict[str, Any]]:
        """Run the network up to the head, or with it.

        Args:
            inputs, lengths: see above.
            stage: ``'backbone'`` and ``'neck'`` give the features,
                ``'head'`` the answer of the head (N V, K).
            data_samples: see :meth:`run`.
            test_mode: not used; an argument of MMAction2.

        Returns:
            features or answer, and what else the head needs.
        """
        require_choice('stage', stage, STAGES)
        frames, lengths = split_views(inputs, lengths,
                                      self.data_preprocessor.channels)
        features, kwargs = self.run(frames, lengths, data_samples)
        if stage == 'head':
            return self.cls_head(features, **kwargs), kwargs
        return features, kwargs

    def loss(self, inputs: Tensor, data_samples: SampleList,
             lengths: Optional[Tensor] = None) -> Dict[str, Tensor]:
        """Losses and training accuracies of the head."""
        refuse_second_pass(data_samples, 'training')
        features, kwargs = self.extract_feat(
            inputs, data_samples=data_samples, lengths=lengths)
        losses = self.cls_head.loss(features, data_samples, **kwargs)
        self.complete_losses(losses, **kwargs)
        return losses

    def complete_losses(self, losses: Dict[str, Tensor],
                        **kwargs: Any) -> None:
        """Change the losses of the head; ``kwargs`` are what it got."""

    def predict(self, inputs: Tensor, data_samples: SampleList,
                lengths: Optional[Tensor] = None) -> SampleList:
        """Predictions of the head."""
        features, kwargs = self.extract_feat(
            inputs, data_samples=data_samples, lengths=lengths)
        data_samples = self.cls_head.predict(features, data_samples, **kwargs)
        self.complete_predictions(data_samples, tuple(inputs.shape[-2:]),
                                  **kwargs)
        self.add_features(data_samples, features)
        return self.forget_sources(data_samples)

    def add_features(self, data_samples: SampleList,
                     features: Tensor) -> None:
        """Add ``feature`` to predictions if test_cfg asks for it."""
        if not self.test_cfg.get('return_feature', False):
            return
        rows = features.float().flatten(2).mean(2)  # (N V, C')
        rows = rows.unflatten(0, (len(data_samples), -1)).mean(1)
        for data_sample, row in zip(data_samples, rows):
            data_sample.set_field(row, 'feature')

    @staticmethod
    def forget_sources(data_samples: SampleList) -> SampleList:
        """Remove the open videos, which are not to be saved with results."""
        for data_sample in data_samples:
            if 'frame_source' in data_sample:
                del data_sample.frame_source
        return data_samples

    def complete_predictions(self, data_samples: SampleList,
                             frame_size: Tuple[int, int],
                             **kwargs: Any) -> None:
        """Add fields to the predictions; ``kwargs`` are what the head got."""

    def _forward(self, inputs: Tensor, stage: str = 'backbone',
                 lengths: Optional[Tensor] = None) -> Tensor:
        """Mode ``'tensor'``: the result of :meth:`extract_feat` alone."""
        return self.extract_feat(inputs, stage=stage, lengths=lengths)[0]
