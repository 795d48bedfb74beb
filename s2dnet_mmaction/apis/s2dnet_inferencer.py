"""Inference with S2DNet."""

from typing import Any, Dict

from mmaction.registry import INFERENCERS
from mmaction.structures import ActionDataSample

from ..models import S2DNet
from .video_inferencer import VideoInferencer


@INFERENCERS.register_module()
class S2DNetInferencer(VideoInferencer):
    """MMAction2's inferencer with the pipeline and the numbers of S2DNet.

    Example::

        infer = S2DNetInferencer(
            's2dnet_r18-r18_1xb16-2x40-8x8-12e_glints-rgb', 'epoch_12.pth')
        infer('video.mp4')['predictions'][0]['pred_class']
        infer('folder', batch_size=8, out_dir='seen')

    A prediction has what :meth:`VideoInferencer.__call__` lists, and

    - ``synopsis_scores`` (N,): the synopsis net's probabilities;
      ``topk_labels`` (k,), ``topk_classes``: its likely actions;
    - ``sampling_grid``: of each view, where the detail net looked, and heat
      maps, see :meth:`S2DNet.complete_predictions`;
    - ``exited``, of a model with ``test_cfg.exit_threshold``: whether the
      video ended after the synopsis. Its ``sampling_grid`` is empty.

    Args: those of :class:`VideoInferencer`.
    """

    kind = S2DNet

    def fields(self, data_sample: ActionDataSample) -> Dict[str, Any]:
        """See the class."""
        likely = data_sample.topk_label.tolist()
        fields = dict(
            synopsis_scores=data_sample.synopsis_score.tolist(),
            topk_labels=likely, topk_classes=list(map(self._name, likely)),
            sampling_grid={name: rows.tolist() for name, rows in
                           data_sample.get('sampling_grid', {}).items()})
        if 'exited' in data_sample:
            fields['exited'] = data_sample.exited
        return fields
