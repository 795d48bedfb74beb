"""Inference with AFNet."""

from typing import Any, Dict

from mmaction.registry import INFERENCERS
from mmaction.structures import ActionDataSample

from ..models import AFNet
from .bulk.fields import fields_of
from .video_inferencer import VideoInferencer


@INFERENCERS.register_module()
class AFNetInferencer(VideoInferencer):
    """MMAction2's inferencer with the pipeline and the numbers of AFNet.

    A prediction has what :meth:`VideoInferencer.__call__` lists, and

    - ``keep_ratio``: share of the frames that the focal blocks looked at;
    - ``keep_masks`` (blocks, T of all views): which ones, 0 or 1;
    - ``gmacs``: multiply-adds of the video, in 1e9.

    Args: those of :class:`VideoInferencer`.
    """

    kind = AFNet

    def fields(self, data_sample: ActionDataSample) -> Dict[str, Any]:
        """See the class."""
        known = fields_of(self.model)
        return {name: value for field in ('keep', 'masks')
                for name, value in known[field].values(data_sample).items()}
