"""Losses of the detail classifier (Eq. 11 and its variants)."""

from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor

from .._checks import require, require_choice

DETAIL_LOSSES = ('gated', 'plain', 'renormalised')


def check_detail_loss(kind: str, label_smooth_eps: float) -> None:
    """Raise ValueError unless this loss allows this label smoothing."""
    require_choice('loss', kind, DETAIL_LOSSES)
    require(0 <= label_smooth_eps < 1, 'label_smooth_eps', label_smooth_eps,
            '0 <= eps < 1', 'The release uses 0.1 with loss="plain".')
    require(label_smooth_eps == 0 or kind == 'plain', 'label_smooth_eps',
            f'{label_smooth_eps} with loss={kind!r}',
            '0 unless loss="plain"',
            'A gated loss has no target for classes outside the top k. Set '
            'loss="plain" or label_smooth_eps=0.')


def detail_loss(logits: Tensor, topk: Tensor, labels: Tensor,
                kind: str = 'gated', label_smooth_eps: float = 0.0,
                class_weight: Optional[Tensor] = None) -> Tensor:
    """Loss of the detail classifier, averaged over the batch.

    With t the target, one-hot or soft, and w the weights of the classes:

    ``L_d = sum_bn t(b,n) w(n) l(b,n) / sum_bn t(b,n) w(n)``

    - ``'gated'``, Eq. (11): ``l(n) = -s(n) log p_hat(n)``, p_hat over all
      classes.
    - ``'renormalised'``: ``l(n) = -s(n) log(p_hat(n) s(n) / sum_m p_hat(m)
      s(m))``, the softmax taken within the top k.
    - ``'plain'``: ``l(n) = -log p_hat(n)``, with label smoothing as the
      release: of t in the numerator only. For classes this is torch's
      ``cross_entropy``, for soft labels MMAction2's CrossEntropyLoss.

    What t has outside the top k contributes 0 to the first two and still
    counts in the average. Without class weights the loss is linear in t: for
    a mix of two labels it is the same mix of their losses. With them the
    share of a label is multiplied by the weight of its class.

    Args:
        logits: (B, N) of the detail classifier.
        topk: (B, N) vector s.
        labels: (B,) int64 classes, or (B, N) soft labels, each summing to 1.
        kind: ``'gated'``, ``'plain'`` or ``'renormalised'``.
        label_smooth_eps: for ``'plain'`` only.
        class_weight: (N,) w > 0; None for 1.

    Returns:
        scalar.

    Raises:
        ValueError: if ``kind`` is unknown or smoothing does not fit it.
    """
    check_detail_loss(kind, label_smooth_eps)
    target = labels.to(logits.dtype)
    if labels.dim() == 1:
        target = F.one_hot(labels, logits.size(-1)).to(logits.dtype)
    smooth = torch.lerp(target, torch.full_like(target, 1 / target.size(-1)),
                        label_smooth_eps)
    if class_weight is not None:
        class_weight = class_weight.to(logits.dtype)
        target, smooth = target * class_weight, smooth * class_weight
    if kind == 'plain':
        log_probs = logits.log_softmax(dim=-1)
    else:
        topk = topk.to(logits.dtype)
        if kind == 'renormalised':
            logits = logits + topk.log()  # -inf outside the top k
        # Outside the top k the log is -inf; 0 * -inf would be NaN.
        log_probs = topk * logits.log_softmax(dim=-1).masked_fill(
            topk == 0, 0)
    return -(smooth * log_probs).sum() / target.sum()
