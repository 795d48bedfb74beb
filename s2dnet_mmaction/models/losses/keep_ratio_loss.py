"""The loss that holds the share of picked frames at a target."""

from mmaction.registry import MODELS
from torch import Tensor, nn

from ..._checks import require, require_number


@MODELS.register_module()
class KeepRatioLoss(nn.Module):
    """``weight mean_blocks (target - mean(mask))^2``.

    The mean of a mask is over all frames of the batch, so that a video may
    keep more frames than another.

    Args:
        target: share of the frames that the focal blocks shall see, RT, in
            (0, 1].
        loss_weight: lambda (supplement: 1; on Something-Something and
            Jester 0.5).

    Attributes:
        target_now: the target at present; :class:`AFScheduleHook` lowers it
            step by step.

    Raises:
        ValueError: if a number is out of range.
    """

    def __init__(self, target: float, loss_weight: float = 1.0) -> None:
        super().__init__()
        require_number('target', target, 0, 'Give the share of frames.')
        require(target <= 1, 'target', target, 'a number in (0, 1]',
                'Give the share of frames.')
        require_number('loss_weight', loss_weight, 0,
                       'To train without it leave keep_ratio out.')
        self.target = self.target_now = float(target)
        self.loss_weight = loss_weight

    def forward(self, masks: Tensor) -> Tensor:
        """(blocks, N, T) masks -> the loss."""
        ratios = masks.float().mean((1, 2))
        return self.loss_weight * (self.target_now - ratios).square().mean()

    def extra_repr(self) -> str:
        return f'target={self.target}, loss_weight={self.loss_weight}'
