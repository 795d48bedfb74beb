"""What a sampler is: it sees a little of each candidate and scores it."""

from abc import ABC, abstractmethod
from typing import Dict, Optional, Sequence, Union

from mmaction.registry import MODELS
from torch import Tensor

from ..._checks import require
from ..losses.saliency_objectives import SaliencyObjective


class Sampler(ABC):
    """Interface of the samplers of :class:`SampledRecognizer`.

    A sampler of one's own is an ``nn.Module`` with this base, registered in
    ``MODELS``.

    Attributes:
        needs_teacher: whether its loss reads the recognizer's scores of the
            candidates (``true_scores``).
        score_names: of its scores, if they have names of their own; a
            single one has that of the sampler.
    """

    needs_teacher = False
    score_names: Sequence[str] = ()

    @abstractmethod
    def score(self, views: Tensor) -> Union[Tensor, Dict[str, Tensor]]:
        """Score candidates.

        Args:
            views: (n, ...) what it sees of n candidates, not normalised.

        Returns:
            (n,) saliency, or several scores by their name.
        """

    @abstractmethod
    def loss(self, views: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """Losses, and what is to be logged.

        Args:
            views: (N, T, ...) of T candidates of N videos.
            labels: (N,) int64, or (N, classes), see
                :class:`SaliencyObjective`.
            teacher: (N, T) scores of the true class by the recognizer; None
                unless ``needs_teacher``.
        """


class VideoSampler(Sampler):
    """Interface of samplers that judge a candidate beside the others.

    All candidates of a video are embedded one by one, chunk by chunk; then
    they are rated together.
    """

    @abstractmethod
    def embed(self, views: Tensor) -> Tensor:
        """What it sees of n candidates, (n, ...) -> (n, d) features."""

    @abstractmethod
    def rate(self, features: Tensor) -> Dict[str, Tensor]:
        """Features of all candidates of a video, (T, d) -> (T,) scores.

        Returns:
            scores by their names, those of ``score_names``.
        """

    def score(self, views: Tensor) -> Dict[str, Tensor]:
        """See :class:`Sampler`; the views are those of one video."""
        return self.rate(self.embed(views))


def build_objective(config: dict) -> SaliencyObjective:
    """Build what a sampler is trained to say.

    Raises:
        ValueError: if it is something else.
    """
    objective = MODELS.build(config)
    require(isinstance(objective, SaliencyObjective), 'objective',
            type(objective).__name__, 'a SaliencyObjective',
            'Take ActionObjective, SalientObjective or RankObjective.')
    return objective
