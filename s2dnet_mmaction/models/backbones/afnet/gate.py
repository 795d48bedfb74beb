"""The decision of which frames a focal block sees (Fig. 2)."""

import torch.nn.functional as F
from torch import Tensor, nn

from ...._checks import require_choice, require_number

GATES = ('gumbel', 'soft')
EVAL_GATES = ('argmax', 'sample')
SKIP, KEEP = 0, 1  # channels of the logits


class FrameGate(nn.Module):
    """From logits of 'skip' and 'keep' to a weight for each frame.

    ``'gumbel'``: the weight is 0 or 1. In training it is a sample of the
    Gumbel-softmax with ``temperature``, whose gradient is that of the soft
    sample (straight-through). In evaluation it is the larger logit
    (``'argmax'``, repeatable), or a sample as in training (``'sample'``, the
    authors' code).

    ``'soft'``: the weight is the softmax of the two logits, and no frame is
    skipped (supplement, Sec. 5).

    Args:
        kind: ``'gumbel'`` or ``'soft'``.
        eval_kind: ``'argmax'`` or ``'sample'``.

    Attributes:
        temperature: of the Gumbel-softmax; :class:`AFScheduleHook` sets it.
    """

    def __init__(self, kind: str = 'gumbel',
                 eval_kind: str = 'argmax') -> None:
        super().__init__()
        require_choice('gate', kind, GATES)
        require_choice('eval_gate', eval_kind, EVAL_GATES)
        self.kind, self.eval_kind = kind, eval_kind
        self.temperature = 1.0

    @property
    def is_hard(self) -> bool:
        """Whether weights are 0 or 1, so that frames can be skipped."""
        return self.kind != 'soft'

    def forward(self, logits: Tensor) -> Tensor:
        """(..., 2) logits -> (...) weights."""
        logits = logits.float()  # a temperature of 0.01 overflows float16
        if self.kind == 'soft':
            return logits.softmax(-1)[..., KEEP]
        if not self.training and self.eval_kind == 'argmax':
            return (logits[..., KEEP] > logits[..., SKIP]).to(logits.dtype)
        require_number('temperature', self.temperature, 0,
                       'Set start and end of AFScheduleHook above 0.')
        return F.gumbel_softmax(logits, self.temperature, hard=True)[
            ..., KEEP]

    def extra_repr(self) -> str:
        return f'{self.kind!r}, eval_kind={self.eval_kind!r}'
