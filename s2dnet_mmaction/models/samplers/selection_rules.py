"""The rules of ``functional.selection`` as parts of a config."""

import zlib
from abc import ABC, abstractmethod
from typing import Dict, Sequence

import torch
from mmaction.registry import TASK_UTILS
from mmaction.structures import ActionDataSample
from torch import Tensor

from ..._checks import require, require_choice, require_int
from ...functional import selection

Scores = Dict[str, Tensor]


class SelectionRule(ABC):
    """Base of the rules that pick candidates of a video.

    A rule of one's own is a class with this base, registered in
    ``TASK_UTILS``.

    Attributes:
        reads: names of the scores that it needs. Samplers without a score
            that is needed do not run.
    """

    reads: Sequence[str] = ()

    @abstractmethod
    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """Pick.

        Args:
            scores: (T,) each, by name; ``-inf`` where no sampler looked.
            num_candidates: T.
            data_sample: of the video.

        Returns:
            (min(K, T),) int64, different candidates in the order of time.
        """


class _RuleOfK(SelectionRule):

    def __init__(self, k: int) -> None:
        require_int('k', k)
        self.k = k


@TASK_UTILS.register_module()
class TopK(_RuleOfK):
    """The K best by one score.

    Args:
        k: K; 10 in the paper's experiments.
        score: name of the score, that of the sampler.
    """

    def __init__(self, k: int = 10, score: str = 'visual') -> None:
        super().__init__(k)
        self.reads = (score, )

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        return selection.top_k(scores[self.reads[0]], self.k)


@TASK_UTILS.register_module()
class Uniform(_RuleOfK):
    """K candidates in the middle of equal parts of the video."""

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        return selection.uniform(num_candidates, self.k)


@TASK_UTILS.register_module()
class Random(_RuleOfK):
    """K candidates by chance; the same ones of a video each time.

    Args:
        k: K.
        seed: another one gives other candidates.
    """

    def __init__(self, k: int, seed: int = 0) -> None:
        super().__init__(k)
        self.seed = seed

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        video = data_sample.get('video_id')
        require(video is not None, 'video_id', 'none in the data sample',
                'a name for each video', 'Put video_id into meta_keys of '
                'SkimFirst.')
        seed = zlib.crc32(f'{self.seed} {video}'.encode())
        return selection.random_choice(num_candidates, self.k, seed)


@TASK_UTILS.register_module()
class EveryNth(SelectionRule):
    """Candidates 0, N, 2N, ...; N = 1 gives all (dense prediction)."""

    def __init__(self, n: int = 1) -> None:
        require_int('n', n)
        self.n = n

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        return selection.every_nth(num_candidates, self.n)


@TASK_UTILS.register_module()
class Oracle(_RuleOfK):
    """The K candidates that are best by the truth.

    The true scores are those of the recognizer for the true class, or the
    guiding saliency (NSNet), as :class:`LoadClipScores` has joined. An upper
    bound, no method.
    """

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        return selection.top_k(true_scores(data_sample), self.k)


@TASK_UTILS.register_module()
class AVUnionList(_RuleOfK):
    """The K' best by sight, then the best others by sound.

    Args:
        k_visual: K'; 8 is best in the supplement, of K = 10.
        k: K.
        visual, audio: names of the scores.
    """

    def __init__(self, k_visual: int = 8, k: int = 10,
                 visual: str = 'visual', audio: str = 'audio') -> None:
        super().__init__(k)
        require_int('k_visual', k_visual, minimum=0)
        self.k_visual, self.reads = k_visual, (visual, audio)

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        visual, audio = (scores[name] for name in self.reads)
        return selection.av_union_list(visual, audio, self.k_visual, self.k)


@TASK_UTILS.register_module()
class ConvexTopK(_RuleOfK):
    """The K best by ``alpha audio + (1 - alpha) visual``.

    Args:
        k: K.
        alpha: weight of the audio score.
        visual, audio: names of the scores.
    """

    def __init__(self, k: int, alpha: float, visual: str = 'visual',
                 audio: str = 'audio') -> None:
        super().__init__(k)
        selection.require_alpha(alpha)
        self.alpha, self.reads = alpha, (visual, audio)

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        visual, audio = (scores[name] for name in self.reads)
        return selection.top_k(
            selection.convex(audio, visual, self.alpha), self.k)


@TASK_UTILS.register_module()
class Fusion(_RuleOfK):
    """K candidates by two scores (NSNet's supplement, A.3).

    Args:
        k: K.
        how: ``'union'``, ``'intersection'``, ``'join'``, ``'add'``,
            ``'multiply'`` or ``'max'``, see ``fuse`` in
            ``functional.selection``.
        alpha: share or weight of the first score in a union or a sum (0.6
            in the supplement).
        normalise: of a join.
        scores: names of both scores.
    """

    def __init__(self, k: int, how: str = 'union', alpha: float = 0.6,
                 normalise: bool = True,
                 scores: Sequence[str] = ('fs', 'vg')) -> None:
        super().__init__(k)
        require_choice('how', how, selection.FUSIONS)
        selection.require_alpha(alpha)
        require(len(scores) == 2, 'scores', scores, 'the names of two scores',
                'Correct it.')
        self.how, self.alpha, self.normalise = how, alpha, normalise
        self.reads = tuple(scores)

    def __call__(self, scores: Scores, num_candidates: int,
                 data_sample: ActionDataSample) -> Tensor:
        """See :class:`SelectionRule`."""
        first, second = (scores[name] for name in self.reads)
        return selection.fuse(self.how, first, second, self.k, self.alpha,
                              self.normalise)


def true_scores(data_sample: ActionDataSample) -> Tensor:
    """(T,) the recognizer's scores of the true class.

    Raises:
        ValueError: if the data sample has none.
    """
    scores = data_sample.get('true_scores')
    require(scores is not None, 'data_samples', 'no true_scores',
            "the recognizer's scores of the true class of each candidate",
            'Add LoadClipScores to the pipeline, before SkimFirst '
            '(docs/scsampler.md).')
    return torch.as_tensor(scores)
