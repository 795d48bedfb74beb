"""Losses of the detail classifier (Eq. 11 and its variants)."""

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
                kind: str = 'gated', label_smooth_eps: float = 0.0) -> Tensor:
    """Loss of the detail classifier, averaged over the batch.

    - ``'gated'``, Eq. (11): ``-s(y) log p_hat(y)``, p_hat over all classes.
    - ``'renormalised'``: ``-s(y) log(p_hat(y) s(y) / sum_n p_hat(n) s(n))``,
      the softmax taken within the top k.
    - ``'plain'``: ``-log p_hat(y)``, with label smoothing as the release.

    A video whose action is not among the top k contributes 0 to the first
    two and still counts in the average.

    Args:
        logits: (B, N) of the detail classifier.
        topk: (B, N) vector s.
        labels: (B,) int64 classes, or (B, N) class weights (soft labels).
        kind: ``'gated'``, ``'plain'`` or ``'renormalised'``.
        label_smooth_eps: for ``'plain'`` only.

    Returns:
        scalar.

    Raises:
        ValueError: if ``kind`` is unknown or smoothing does not fit it.
    """
    check_detail_loss(kind, label_smooth_eps)
    if kind == 'plain':
        return F.cross_entropy(
            logits, labels, label_smoothing=label_smooth_eps)
    if labels.dim() == 1:
        target = F.one_hot(labels, logits.size(-1)).to(logits.dtype)
    else:
        target = labels.to(logits.dtype)
    topk = topk.to(logits.dtype)
    if kind == 'renormalised':
        logits = logits + topk.log()  # -inf outside the top k
    # Outside the top k the log is -inf; 0 * -inf would be NaN.
    log_probs = logits.log_softmax(dim=-1).masked_fill(topk == 0, 0)
    return -(target * topk * log_probs).sum(dim=-1).mean()
