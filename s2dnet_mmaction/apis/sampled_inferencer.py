"""Inference with a sampler and a recognizer."""

from typing import Any, Dict

from mmaction.registry import INFERENCERS
from mmaction.structures import ActionDataSample

from ..models import SampledRecognizer
from .bulk.fields import fields_of
from .video_inferencer import VideoInferencer


@INFERENCERS.register_module()
class SampledInferencer(VideoInferencer):
    """MMAction2's inferencer with the pipeline and the picks of a sampler.

    A prediction has what :meth:`VideoInferencer.__call__` lists, and

    - ``picks``: numbers of the picked candidates;
    - ``pick_times``: [start, end] of each in seconds; None where they are
      not known;
    - ``saliency_<name>``: score of each candidate, by the name of the
      sampler;
    - ``candidate_starts``: the first frame of each candidate.

    Args: those of :class:`VideoInferencer`.
    """

    kind = SampledRecognizer

    def fields(self, data_sample: ActionDataSample) -> Dict[str, Any]:
        """See the class."""
        known = fields_of(self.model)
        return {name: value for field in ('picks', 'saliency')
                for name, value in known[field].values(data_sample).items()}
