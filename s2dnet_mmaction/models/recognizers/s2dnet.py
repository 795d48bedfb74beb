"""The recognizer S2DNet."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from mmaction.registry import MODELS
from mmaction.utils import OptSampleList, SampleList
from torch import Tensor

from ..._checks import require, require_choice, require_int
from ...datasets.batch import empty_batch
from ...functional.early_exit import check_threshold
from ...functional.sampling.grid import describe_grid
from ...functional.take_rows import take_rows
from ..common.options import build_module
from ..common.second_pass import find_second_pass
from ..common.views import split_views
from ..necks.detail_sampler import Detail
from ..necks.locators.located import Heatmaps
from .base import RawFrameRecognizer

TEST_OPTIONS = ('return_grid', 'return_feature', 'exit_threshold')


class Skimmed(NamedTuple):
    """What the synopsis net makes of B views.

    Attributes:
        synopsis: (B, T_S, C, H_S, W_S) normalised synopsis.
        e: (B, C_S, T_S, h, w), Eq. (1).
        logits: (B, N) of p, Eq. (2).
        topk: (B, N) vector s.
    """
    synopsis: Tensor
    e: Tensor
    logits: Tensor
    topk: Tensor

    def rows(self, index: Tensor) -> 'Skimmed':
        """Those of some views, (n,) int64."""
        return Skimmed(*(take_rows(each, index) for each in self))


@MODELS.register_module()
class S2DNet(RawFrameRecognizer):
    """Synopsis-to-detail network (Liang et al., ECCV 2022).

    .. code-block:: text

        raw frames --> SNet --> e --> synopsis classifier --> p --> top-k s
             |                  |                                    |
             |                  +--> f_m([GAP(e), s]) = m            |
             +------------------+--> locator(e, s, synopsis) = theta |
             +--> detail sampler(theta) --> DNet(., m) --> e_hat     |
                                 detail classifier([e_hat, m]) * s <-+

    A config states each number once: ``num_classes`` in the head, frames
    and sizes in ``snet`` and ``dnet``, C_m in ``context``. The options of
    other modules that follow from these are filled in here.

    Args:
        snet: config of :class:`SNet`.
        dnet: config of :class:`DNet`.
        neck: config of :class:`DetailSampler`.
        cls_head: config of :class:`TopKMaskedHead`.
        context: config of :class:`ContextualFeatures`; None for a DNet
            without contextual features.
        options: those of :class:`RawFrameRecognizer`. In ``test_cfg``
            ``return_grid=True`` adds ``sampling_grid`` to each prediction;
            ``exit_threshold`` (0 to 1) ends videos of which the synopsis net
            is surer than that, see :meth:`predict`.

    Raises:
        ValueError: if options are unknown or contradict each other.
    """

    def __init__(self, snet: dict, dnet: dict, neck: dict, cls_head: dict,
                 context: Optional[dict] = None,
                 **options: Optional[dict]) -> None:
        super().__init__(**options)
        for name in self.test_cfg:
            require_choice('test_cfg', name, TEST_OPTIONS)
        if 'exit_threshold' in self.test_cfg:
            check_threshold(self.test_cfg['exit_threshold'])
        require('num_classes' in cls_head, 'cls_head', 'no num_classes',
                'the number of classes', 'Set cls_head.num_classes.')
        num_classes = cls_head['num_classes']
        require_int('num_classes', num_classes)

        self.snet = build_module('snet', snet)
        channels = self.snet.out_channels
        self.context = None
        context_channels = 0
        if context is not None:
            self.context = build_module('context', context,
                                        in_channels=channels,
                                        num_classes=num_classes)
            context_channels = self.context.out_channels
        self.dnet = build_module(
            'dnet', dnet, context_channels=context_channels or None)
        self.neck = build_module('neck', neck,
                                 in_shape=self.snet.feature_shape,
                                 num_classes=num_classes,
                                 size=(self.dnet.num_frames, *self.dnet.size))
        if cls_head.get('context_channels') == 0:
            context_channels = 0  # a classifier without m
        self.cls_head = build_module('cls_head', cls_head,
                                     in_channels=self.dnet.out_channels,
                                     synopsis_channels=channels,
                                     context_channels=context_channels)
        self.check_blending()
        require(
            self.context is None or self.dnet.fusion_stages
            or self.cls_head.context_channels, 'context', 'a module whose '
            'output nothing reads', 'a DNet or a classifier that reads it',
            'Set dnet.fusion_stages, or context=None.')

    def init_weights(self) -> None:
        """Initialise; then fill the classifiers from the files of the nets."""
        if self.is_init:
            return
        super().init_weights()
        for net, fc in ((self.snet, self.cls_head.fc_synopsis),
                        (self.dnet, self.cls_head.fc_detail)):
            if net.pretrained is not None:
                net.pretrained.load_classifier(fc)

    def run(self, frames: Tensor, lengths: Tensor,
            data_samples: OptSampleList) -> Tuple[Tensor, Dict[str, Any]]:
        """Run the network up to the head, see :class:`RawFrameRecognizer`.

        Returns:
            e_hat (N V, C_D, T', h, w), and the other arguments of the head,
            ``detail`` and ``lengths`` (N V,).
        """
        return self.look(frames, lengths, self.skim(frames, lengths),
                         data_samples)

    def skim(self, frames: Tensor, lengths: Tensor) -> Skimmed:
        """Run the synopsis net on raw frames, see :meth:`run`."""
        synopsis = self.data_preprocessor.normalize(
            self.snet.sample(frames, lengths))
        e = self.snet(synopsis)  # Eq. (1)
        logits = self.cls_head.classify_synopsis(e)  # Eq. (2)
        return Skimmed(synopsis, e, logits, self.cls_head.topk_vector(logits))

    def look(self, frames: Tensor, lengths: Tensor, skimmed: Skimmed,
             data_samples: OptSampleList) -> Tuple[Tensor, Dict[str, Any]]:
        """Run the detail net where the synopsis net says, see :meth:`run`.

        Where :class:`SynopsisFirst` decoded the synopsis frames alone, the
        others are decoded through ``data_samples``.
        """
        second_pass = find_second_pass(data_samples, frames,
                                       self.snet.num_frames)
        if second_pass is not None:
            lengths = second_pass.lengths
        synopsis, e, synopsis_logits, topk = skimmed
        context = self.context(e, topk) if self.context else None  # Eq. (5)
        detail = self.neck(
            frames, lengths, e, topk, synopsis=synopsis,
            fetch=second_pass and second_pass.fetch,
            **self.data_preprocessor.statistics)  # Eqs. (4)-(7)
        e_hat = self.dnet(detail.volume, context)  # Eqs. (8), (9)
        return e_hat, dict(synopsis_logits=synopsis_logits, topk=topk,
                           context=context, detail=detail, lengths=lengths)

    def predict(self, inputs: Tensor, data_samples: SampleList,
                lengths: Optional[Tensor] = None) -> SampleList:
        """Predictions of the head.

        With ``test_cfg=dict(exit_threshold=...)`` a video whose largest
        synopsis score is above the threshold ends after the synopsis net,
        and p is its answer. The others of the batch go on to the detail net.
        Each prediction then has ``exited``, and one that ended there neither
        ``sampling_grid`` nor ``feature``.
        """
        if 'exit_threshold' not in self.test_cfg:
            return super().predict(inputs, data_samples, lengths)
        frames, row_lengths = split_views(inputs, lengths,
                                          self.data_preprocessor.channels)
        skimmed = self.skim(frames, row_lengths)
        sure = self.cls_head.is_sure(skimmed.logits, len(data_samples),
                                     self.test_cfg['exit_threshold'])
        ended, others = _chosen(data_samples, sure), _chosen(data_samples,
                                                             ~sure)
        views = len(frames) // len(data_samples)
        rows = sure.repeat_interleave(views).to(frames.device)
        if ended:
            self.cls_head.predict_synopsis(skimmed.logits[rows], ended)
        if others:
            if ended:  # a copy of raw frames that a whole batch can do without
                left = (~rows).nonzero().flatten()
                frames = take_rows(frames, left, empty_batch)
                row_lengths = row_lengths[left]
                skimmed = skimmed.rows(left)
            features, kwargs = self.look(frames, row_lengths, skimmed, others)
            self.cls_head.predict(features, others, **kwargs)
            self.complete_predictions(others, tuple(inputs.shape[-2:]),
                                      **kwargs)
            self.add_features(others, features)
        for data_sample, exited in zip(data_samples, sure.tolist()):
            data_sample.set_field(exited, 'exited')
        return self.forget_sources(data_samples)

    def complete_losses(self, losses: Dict[str, Tensor], detail: Detail,
                        **kwargs: Any) -> None:
        """Add the sampler's zero to L_d, see :func:`normalise_gradient`.

        It is done here, so that a head of a user's own need not do it.
        """
        losses['loss_detail'] = losses['loss_detail'] + detail.zero

    def complete_predictions(self, data_samples: SampleList,
                             frame_size: Tuple[int, int], detail: Detail,
                             lengths: Tensor, **kwargs: Any) -> None:
        """Add ``sampling_grid`` if test_cfg asks for it.

        It is what :func:`describe_grid` gives, with one row per view, and
        of a locator with heat maps also ``heatmap_time`` (V, T_S) and
        ``heatmap_space`` (V, T_S, h, w), see :class:`Heatmaps`.
        """
        if not self.test_cfg.get('return_grid', False):
            return
        grids = describe_grid(detail.theta, lengths, self.neck.size,
                              frame_size)
        grids.update((detail.heatmaps or Heatmaps()).fields())
        views = (len(data_samples), -1)
        grids = {name: g.unflatten(0, views) for name, g in grids.items()}
        for i, data_sample in enumerate(data_samples):
            data_sample.set_field({name: g[i] for name, g in grids.items()},
                                  'sampling_grid')


def _chosen(samples: Sequence, mask: Tensor) -> List:
    return [sample for sample, one in zip(samples, mask.tolist()) if one]
