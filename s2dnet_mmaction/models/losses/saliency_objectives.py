"""What a sampler is trained to say of a clip (SCSampler)."""

from abc import ABC, abstractmethod
from typing import Dict, Optional

import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor

from ..._checks import require, require_choice, require_int
from ...functional.saliency import (
    TIES,
    class_shares,
    rank_loss,
    salient_clips,
    salient_loss,
    top1_accuracy,
)

_OUTPUTS = ('scalar', 'class')


class SaliencyObjective(ABC):
    """Base: outputs of a sampler, the saliency in them, and their loss.

    Attributes:
        needs_teacher: whether the loss reads the recognizer's scores.
    """

    needs_teacher = True

    @abstractmethod
    def num_outputs(self, num_classes: int) -> int:
        """O, numbers that the sampler gives for a clip."""

    def saliency(self, outputs: Tensor) -> Tensor:
        """(..., O) -> (...): the largest output."""
        return outputs.max(dim=-1).values

    @abstractmethod
    def loss(self, outputs: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """The loss, and what is to be logged.

        Args:
            outputs: (N, T, O) of T clips of N videos.
            labels: (N,) int64, classes of the videos; or (N, classes) with
                1 for each class of a video, of multi-label data.
            teacher: (N, T) scores of the true class by the recognizer;
                None: not known.
        """


@MODELS.register_module()
class ActionObjective(SaliencyObjective):
    """AC: the sampler classifies; saliency is its largest class score.

    Args:
        over: ``'clip'``: the loss is that of each clip with the label of
            its video. ``'video'``: that of the mean logits of the video, as
            in AR-Net's re-implementation.
    """

    needs_teacher = False

    def __init__(self, over: str = 'clip') -> None:
        require_choice('over', over, ('clip', 'video'))
        self.over = over

    def num_outputs(self, num_classes: int) -> int:
        """One for each class."""
        return num_classes

    def loss(self, outputs: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """Cross-entropy, and the accuracy of the mean logits."""
        mean = outputs.mean(1)
        shares = class_shares(labels, outputs.size(2))
        if self.over == 'video':
            loss = F.cross_entropy(mean, shares)
        else:
            loss = F.cross_entropy(
                outputs.flatten(0, 1),
                shares.repeat_interleave(outputs.size(1), dim=0))
        return dict(loss_action=loss, top1_acc=top1_accuracy(mean, shares))


@MODELS.register_module()
class SalientObjective(SaliencyObjective):
    """SAL-CL: is the clip one of the K that the recognizer reads best?

    Args:
        k: K salient clips of each video.
    """

    def __init__(self, k: int) -> None:
        require_int('k', k)
        self.k = k

    def num_outputs(self, num_classes: int) -> int:
        """One number."""
        return 1

    def loss(self, outputs: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """Balanced binary cross-entropy."""
        saliency = outputs[..., 0]
        return dict(loss_salient=salient_loss(
            saliency, salient_clips(teacher, self.k)))


@MODELS.register_module()
class RankObjective(SaliencyObjective):
    """SAL-RANK: clips are to be ordered as the recognizer orders them.

    Args:
        margin: m of :func:`rank_loss`.
        ties: see :func:`rank_loss`.
        output: ``'scalar'``: a saliency of its own. ``'class'``: class
            scores, of which the loss orders the one of the true class, as
            in AR-Net's re-implementation; saliency is the largest.
    """

    def __init__(self, margin: float = 0.1, ties: str = 'drop',
                 output: str = 'scalar') -> None:
        require(margin >= 0, 'margin', margin, 'a number >= 0', 'Raise it.')
        require_choice('ties', ties, TIES)
        require_choice('output', output, _OUTPUTS)
        self.margin, self.ties, self.output = margin, ties, output

    def num_outputs(self, num_classes: int) -> int:
        """One number, or one for each class."""
        return 1 if self.output == 'scalar' else num_classes

    def loss(self, outputs: Tensor, labels: Tensor,
             teacher: Optional[Tensor]) -> Dict[str, Tensor]:
        """Hinge loss over pairs of clips."""
        if self.output == 'scalar':
            saliency = outputs[..., 0]
        else:
            require(labels.dim() == 1, 'labels', 'several of a video',
                    "one, for output='class'", "Set output='scalar'.")
            index = labels[:, None, None].expand(-1, outputs.size(1), 1)
            saliency = outputs.gather(2, index)[..., 0]
        return dict(loss_rank=rank_loss(saliency, teacher, self.margin,
                                        self.ties))
