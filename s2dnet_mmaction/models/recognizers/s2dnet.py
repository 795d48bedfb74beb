"""The recognizer: skim, look where the detail is, decide."""

from typing import Any, Dict, Optional, Tuple

from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS
from mmaction.utils import OptSampleList, SampleList
from torch import Tensor

from ..._checks import require, require_choice, require_int
from ...functional.sampling.grid import describe_grid
from ..common.options import STAGES, build_preprocessor, fill_part, split_views
from ..common.second_pass import find_second_pass, refuse_second_pass

TEST_OPTIONS = ('return_grid', )


@MODELS.register_module()
class S2DNet(BaseRecognizer):
    """Synopsis-to-detail network (Liang et al., ECCV 2022).

    .. code-block:: text

        raw frames --> SNet --> e --> synopsis classifier --> p --> top-k s
             |                  |                                    |
             |                  +--> f_m([GAP(e), s]) = m            |
             |                  +--> f_theta([e, E(s)]) = theta      |
             +--> detail sampler(theta) --> DNet(., m) --> e_hat     |
                                 detail classifier([e_hat, m]) * s <-+

    What one part must know of another is filled in here, so that a config
    states each number once: ``num_classes`` in the head, frames and sizes
    in ``snet`` and ``dnet``, C_m in ``context``.

    Args:
        snet: config of :class:`SNet`.
        dnet: config of :class:`DNet`.
        neck: config of :class:`DetailSampler`.
        cls_head: config of :class:`TopKMaskedHead`.
        context: config of :class:`ContextualFeatures`; None for a DNet
            without contextual features.
        train_cfg: not used; the host's argument.
        test_cfg: ``dict(return_grid=True)`` adds ``sampling_grid`` to each
            prediction.
        data_preprocessor: config of :class:`S2DNetDataPreprocessor`.

    Raises:
        ValueError: if parts contradict each other.
    """

    def __init__(self,
                 snet: dict,
                 dnet: dict,
                 neck: dict,
                 cls_head: dict,
                 context: Optional[dict] = None,
                 train_cfg: Optional[dict] = None,
                 test_cfg: Optional[dict] = None,
                 data_preprocessor: Optional[dict] = None) -> None:
        # BaseRecognizer would build one backbone; this network has two.
        super(BaseRecognizer, self).__init__(
            data_preprocessor=build_preprocessor(data_preprocessor))
        self.backbone_from = 'mmaction2'
        self.train_cfg, self.test_cfg = train_cfg, dict(test_cfg or {})
        for name in self.test_cfg:
            require_choice('test_cfg', name, TEST_OPTIONS)
        require('num_classes' in cls_head, 'cls_head', 'no num_classes',
                'the number of classes', 'Set cls_head.num_classes.')
        num_classes = cls_head['num_classes']
        require_int('num_classes', num_classes)

        self.snet = MODELS.build(fill_part('snet', snet))
        channels = self.snet.out_channels
        self.context = None
        context_channels = 0
        if context is not None:
            self.context = MODELS.build(
                fill_part('context', context, in_channels=channels,
                      num_classes=num_classes))
            context_channels = self.context.out_channels
        self.dnet = MODELS.build(
            fill_part('dnet', dnet, context_channels=context_channels or None))
        self.neck = MODELS.build(
            fill_part('neck', neck, in_shape=self.snet.feature_shape,
                  num_classes=num_classes,
                  size=(self.dnet.num_frames, *self.dnet.size)))
        if cls_head.get('context_channels') == 0:
            context_channels = 0  # a classifier that does not see m
        self.cls_head = MODELS.build(
            fill_part('cls_head', cls_head, in_channels=self.dnet.out_channels,
                  synopsis_channels=channels,
                  context_channels=context_channels))
        require(
            self.context is None or self.dnet.fusion_stages
            or self.cls_head.context_channels, 'context', 'a module whose '
            'output nothing reads', 'a DNet or a classifier that reads it',
            'Set dnet.fusion_stages, or context=None.')

    def init_weights(self) -> None:
        """Initialise; then fill the classifiers that came with the nets."""
        if self.is_init:
            return
        super().init_weights()
        for net, fc in ((self.snet, self.cls_head.fc_synopsis),
                        (self.dnet, self.cls_head.fc_detail)):
            if net.pretrained is not None:
                net.pretrained.load_classifier(fc)

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
            stage: ``'backbone'`` and ``'neck'`` give the detail features,
                ``'head'`` the answer.
            data_samples: where :class:`SynopsisFirst` decoded the synopsis
                frames alone, they tell where to fetch others.
            test_mode: not used; the host's argument.
            lengths: (N,) valid frames of each video; None: all T.

        Returns:
            e_hat (N V, C_D, T', h, w), or the answer (N V, K) with the
            views of a video next to each other; and what else the head
            needs: ``synopsis_logits``, ``topk``, ``context``, ``theta``,
            and ``lengths`` (N V,).
        """
        require_choice('stage', stage, STAGES)
        frames, lengths = split_views(inputs, lengths)
        second_pass = find_second_pass(data_samples, frames,
                                       self.snet.num_frames)

        synopsis = self.snet.sample(frames, lengths)
        e = self.snet(self.data_preprocessor.normalize(synopsis))  # Eq. (1)
        synopsis_logits = self.cls_head.classify_synopsis(e)  # Eq. (2)
        topk = self.cls_head.topk_vector(synopsis_logits)
        context = self.context(e, topk) if self.context else None  # Eq. (5)

        if second_pass is not None:
            lengths = second_pass.lengths
        volume, theta = self.neck(
            frames,
            lengths,
            e,
            topk,
            fetch=second_pass and second_pass.fetch,
            **self.data_preprocessor.statistics)  # Eqs. (4)-(7)
        volume = self.data_preprocessor.order_channels(volume)
        e_hat = self.dnet(volume, context)  # Eqs. (8), (9)

        kwargs = dict(
            synopsis_logits=synopsis_logits,
            topk=topk,
            context=context,
            theta=theta,
            lengths=lengths)
        if stage == 'head':
            return self.cls_head(e_hat, **kwargs), kwargs  # Eq. (10)
        return e_hat, kwargs

    def loss(self,
             inputs: Tensor,
             data_samples: SampleList,
             lengths: Optional[Tensor] = None) -> Dict[str, Tensor]:
        """Losses of Eq. (12) and training accuracies."""
        refuse_second_pass(data_samples, 'training')
        e_hat, kwargs = self.extract_feat(inputs, lengths=lengths)
        losses = self.cls_head.loss(e_hat, data_samples, **kwargs)
        self.neck.watch_loss(losses['loss_detail'])
        losses['loss_detail'] = losses['loss_detail'] + self.neck.idle_term()
        return losses

    def predict(self,
                inputs: Tensor,
                data_samples: SampleList,
                lengths: Optional[Tensor] = None) -> SampleList:
        """Predictions, with ``sampling_grid`` if test_cfg asks for it.

        ``sampling_grid`` is a dict of CPU tensors with one row per view:
        the six parameters of theta, ``frame_positions`` (V, T_D) in input
        frames, ``boxes`` (V, T_D, 4) as (x1, y1, x2, y2) in input pixels,
        and ``num_frames``, ``frame_size`` of the input.
        """
        e_hat, kwargs = self.extract_feat(
            inputs,
            data_samples=data_samples,
            test_mode=True,
            lengths=lengths)
        data_samples = self.cls_head.predict(e_hat, data_samples, **kwargs)
        if self.test_cfg.get('return_grid', False):
            grids = describe_grid(kwargs['theta'], kwargs['lengths'],
                                  self.neck.size, tuple(inputs.shape[-2:]))
            views = e_hat.size(0) // len(data_samples)
            for i, data_sample in enumerate(data_samples):
                rows = slice(i * views, (i + 1) * views)
                data_sample.set_field(
                    {name: value[rows] for name, value in grids.items()},
                    'sampling_grid')
        for data_sample in data_samples:
            if 'frame_source' in data_sample:  # results are saved, too
                del data_sample.frame_source
        return data_samples

    def _forward(self,
                 inputs: Tensor,
                 stage: str = 'backbone',
                 lengths: Optional[Tensor] = None) -> Tensor:
        """Mode ``'tensor'``: the result of :meth:`extract_feat` alone."""
        return self.extract_feat(inputs, stage=stage, lengths=lengths)[0]
