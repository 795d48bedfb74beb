"""Both classifiers of S2DNet, and the mask between them."""

from typing import Dict, Optional, Tuple, Union

import torch
import torch.nn as nn
from mmaction.models.heads import BaseHead
from mmaction.models.losses import CrossEntropyLoss
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from torch import Tensor

from ..._checks import require, require_choice, require_int
from ...functional.early_exit import is_sure
from ...functional.losses import check_detail_loss, detail_loss
from ...functional.topk import check_topk, topk_vector

AVERAGES = ('prob', 'score')


@MODELS.register_module()
class TopKMaskedHead(BaseHead):
    """Synopsis classifier, top-k mask, detail classifier.

    - Eq. (2): ``p = softmax(FC(dropout(GAP(e))))``; s marks the top k of p.
    - Eq. (10): ``p_hat = softmax(FC(dropout([GAP(e_hat), m])))``; the
      answer is ``p_hat * s``.
    - Eq. (12): ``L = alpha L_s + L_d``, L_s the cross entropy of p, L_d see
      :func:`~s2dnet_mmaction.functional.detail_loss`. Soft labels, as Mixup
      and CutMix make them, go into both.

    Args:
        num_classes: N.
        in_channels: channels C_D of e_hat; S2DNet fills it in, as it does
            the next two.
        synopsis_channels: channels C_S of e.
        context_channels: length C_m of m; 0 for a detail classifier without
            m.
        k: number of likely actions, 5 in the paper.
        topk_mode: ``'hard'`` (k-hot s) or ``'soft'`` (s = p).
        append_topk: whether s is an input of the detail classifier too
            (release).
        loss: kind of L_d, ``'gated'``, ``'plain'`` or ``'renormalised'``.
        label_smooth_eps: label smoothing of L_d, for ``'plain'`` only.
        alpha: weight of L_s.
        loss_cls: config of MMAction2's CrossEntropyLoss. Its
            ``class_weight`` (N positive numbers) and ``loss_weight`` act on
            L_s and on L_d.
        dropout_ratio: dropout before both classifiers.
        init_std: standard deviation of the classifiers' weights.
        topk: the accuracies to log in training, of hard labels.
        average_clips: how the views of a video are averaged. ``'prob'``:
            the answers ``p_hat * s``; ``'score'``: the logits of both
            classifiers, from which one s and one answer follow.
        multi_class: False; an argument of MMAction2.
        init_cfg: mmengine's initialisation config.

    Raises:
        TypeError: if k is no int.
        ValueError: if an option is unknown or options contradict.
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 synopsis_channels: int,
                 context_channels: int = 0,
                 k: int = 5,
                 topk_mode: str = 'hard',
                 append_topk: bool = False,
                 loss: str = 'gated',
                 label_smooth_eps: float = 0.0,
                 alpha: float = 0.1,
                 loss_cls: dict = dict(type='CrossEntropyLoss'),
                 dropout_ratio: float = 0.5,
                 init_std: float = 0.01,
                 topk: Union[int, Tuple[int, ...]] = (1, 5),
                 average_clips: str = 'prob',
                 multi_class: bool = False,
                 init_cfg: Optional[dict] = None) -> None:
        require(not multi_class, 'multi_class', multi_class, 'False: the '
                'classifiers are softmaxes, of one action per video',
                'Remove it, and give each video one label.')
        check_topk(k, num_classes, topk_mode)
        check_detail_loss(loss, label_smooth_eps)
        require_choice('average_clips', average_clips, AVERAGES)
        require(alpha >= 0, 'alpha', alpha, 'a number >= 0',
                'The paper has 0.1.')
        topk = (topk, ) if isinstance(topk, int) else tuple(topk)
        for number in topk:
            require_int('topk', number)
        super().__init__(num_classes, in_channels, loss_cls=loss_cls,
                         label_smooth_eps=label_smooth_eps, topk=topk,
                         average_clips=average_clips, init_cfg=init_cfg)
        self.register_buffer(
            'class_weight', _class_weight(self.loss_cls, num_classes),
            persistent=False)
        self.k, self.topk_mode = k, topk_mode
        self.append_topk = append_topk
        self.loss_kind, self.alpha = loss, alpha
        self.context_channels = context_channels
        self.init_std = init_std
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_synopsis = nn.Linear(synopsis_channels, num_classes)
        self.fc_detail = nn.Linear(
            in_channels + context_channels +
            (num_classes if append_topk else 0), num_classes)

    def init_weights(self) -> None:
        """Normal weights of deviation ``init_std``, biases 0."""
        for fc in (self.fc_synopsis, self.fc_detail):
            nn.init.normal_(fc.weight, std=self.init_std)
            nn.init.zeros_(fc.bias)
        super().init_weights()

    def classify_synopsis(self, e: Tensor) -> Tensor:
        """e (B, C_S, T_S, h, w) -> logits of p (B, N), Eq. (2)."""
        return self.fc_synopsis(self.dropout(e.mean(dim=(2, 3, 4))))

    def topk_vector(self, synopsis_logits: Tensor) -> Tensor:
        """Logits of p (B, N) -> s (B, N), float32."""
        probs = synopsis_logits.float().softmax(dim=-1)
        return topk_vector(probs, self.k, self.topk_mode)

    def classify_detail(self, e_hat: Tensor, context: Optional[Tensor],
                        topk: Tensor) -> Tensor:
        """e_hat (B, C_D, T', h, w), m (B, C_m), s -> logits (B, N)."""
        require(e_hat.size(1) == self.in_channels, 'channels of e_hat',
                e_hat.size(1), f'in_channels={self.in_channels}',
                'Set in_channels of the head to those of the detail backbone.')
        inputs = [e_hat.mean(dim=(2, 3, 4))]  # GAP
        if self.context_channels:
            require(context is not None, 'contextual features', None,
                    f'm of length {self.context_channels}',
                    'Set context_channels=0 or give a context module.')
            inputs.append(context)
        if self.append_topk:
            inputs.append(topk)
        dtype = inputs[0].dtype
        joined = torch.cat([each.to(dtype) for each in inputs], dim=1)
        return self.fc_detail(self.dropout(joined))

    def forward(self, x: Tensor, synopsis_logits: Tensor, topk: Tensor,
                context: Optional[Tensor], **kwargs) -> Tensor:
        """The answer ``p_hat * s`` of each view, (B, N)."""
        logits = self.classify_detail(x, context, topk)
        return logits.float().softmax(dim=-1) * topk

    def loss(self, feats: Tensor, data_samples: SampleList,
             synopsis_logits: Tensor, topk: Tensor, context: Optional[Tensor],
             **kwargs) -> Dict[str, Tensor]:
        """Losses and training accuracies.

        Args:
            feats: e_hat (B, C_D, T', h, w); the views of a video are
                neighbours and share its label.
            data_samples: one per video, with ``gt_label``.
            synopsis_logits: (B, N).
            topk: (B, N) vector s.
            context: (B, C_m) or None.

        Returns:
            ``loss_synopsis`` (alpha L_s), ``loss_detail`` (L_d),
            ``topk_recall`` (for soft labels their share within the top k)
            and, for hard labels, ``top1_acc``, ``synopsis_top1_acc``, ...
        """
        detail_logits = self.classify_detail(feats, context, topk).float()
        synopsis_logits = synopsis_logits.float()
        labels = _labels(data_samples, detail_logits)
        losses = dict(
            loss_synopsis=self.alpha * self.loss_cls(synopsis_logits, labels),
            loss_detail=self.loss_cls.loss_weight * detail_loss(
                detail_logits, topk, labels, self.loss_kind,
                self.label_smooth_eps, self.class_weight))
        synopsis = synopsis_logits.detach()
        if labels.dim() == 1:
            answer = detail_logits.detach().softmax(dim=-1) * topk
            for k in self.topk:
                losses[f'top{k}_acc'] = _topk_accuracy(answer, labels, k)
                losses[f'synopsis_top{k}_acc'] = _topk_accuracy(
                    synopsis, labels, k)
            losses['topk_recall'] = _topk_accuracy(synopsis, labels, self.k)
        else:
            likely = topk_vector(synopsis, self.k)
            losses['topk_recall'] = (labels * likely).sum(dim=-1).mean()
        return losses

    def predict(self, feats: Tensor, data_samples: SampleList,
                synopsis_logits: Tensor, topk: Tensor,
                context: Optional[Tensor], **kwargs) -> SampleList:
        """Fill the predictions into the data samples.

        Sets ``pred_score`` (N,) the answer, ``pred_label`` (1,) its
        largest, ``synopsis_score`` (N,) p and ``topk_label`` (k,) its k
        likely actions, the most likely first.
        """
        views = (len(data_samples), -1)
        detail = self.classify_detail(feats, context,
                                      topk).float().unflatten(0, views)
        synopsis = self.average_synopsis(synopsis_logits, len(data_samples))
        if self.average_clips == 'prob':
            answer = detail.softmax(-1) * topk.unflatten(0, views)
            answer = answer.mean(1)
        else:
            topk = topk_vector(synopsis, self.k, self.topk_mode)
            answer = detail.mean(1).softmax(-1) * topk
        return self._fill(data_samples, answer, synopsis)

    def average_synopsis(self, synopsis_logits: Tensor,
                         num_videos: int) -> Tensor:
        """Logits of p of all views (B, N) -> p of the videos (n, N)."""
        # checked again: tools set it after building
        require_choice('average_clips', self.average_clips, AVERAGES)
        logits = synopsis_logits.float().unflatten(0, (num_videos, -1))
        if self.average_clips == 'prob':
            return logits.softmax(-1).mean(1)
        return logits.mean(1).softmax(-1)

    def is_sure(self, synopsis_logits: Tensor, num_videos: int,
                threshold: float) -> Tensor:
        """Videos that may end after the synopsis, (n,) bool on the CPU."""
        return is_sure(self.average_synopsis(synopsis_logits, num_videos),
                       threshold).cpu()

    def predict_synopsis(self, synopsis_logits: Tensor,
                         data_samples: SampleList) -> SampleList:
        """As :meth:`predict`, of videos whose answer is p."""
        synopsis = self.average_synopsis(synopsis_logits, len(data_samples))
        return self._fill(data_samples, synopsis, synopsis)

    def _fill(self, data_samples: SampleList, answer: Tensor,
              synopsis: Tensor) -> SampleList:
        likely = synopsis.topk(self.k, dim=-1).indices
        for i, data_sample in enumerate(data_samples):
            data_sample.set_pred_score(answer[i])
            data_sample.set_pred_label(answer[i].argmax(keepdim=True).detach())
            data_sample.set_field(synopsis[i], 'synopsis_score')
            data_sample.set_field(likely[i], 'topk_label')
        return data_samples


def _class_weight(loss: nn.Module, num_classes: int) -> Optional[Tensor]:
    """(N,) class weights of both losses; None if there are none.

    Raises:
        ValueError: if it is another loss than the cross entropy, which L_d
            could not follow, or the weights do not fit the classes.
    """
    require(
        type(loss) is CrossEntropyLoss, 'loss_cls.type',
        type(loss).__name__, 'CrossEntropyLoss: both losses of S2DNet are '
        'cross entropies (Eqs. 3, 11)', 'For rare classes set its '
        'class_weight. Another loss needs a subclass of TopKMaskedHead with '
        'a method loss() of its own.')
    weight = loss.class_weight
    if weight is not None:
        require(
            weight.shape == (num_classes, ) and bool(
                (weight.isfinite() & (weight > 0)).all()),
            'loss_cls.class_weight', weight.tolist(),
            f'{num_classes} positive numbers, one per class',
            'To leave a class out remove its videos from the annotation file.')
        weight = weight.clone()
    return weight


def _labels(data_samples: SampleList, logits: Tensor) -> Tensor:
    """(B,) int64, or (B, N) soft labels, one row per view."""
    labels = torch.stack([sample.gt_label for sample in data_samples])
    labels = labels.to(logits.device)
    if labels.size(-1) == 1:
        labels = labels.squeeze(-1)
        # This waits for the device once. Without it a wrong label would end
        # as a CUDA assertion without a name.
        low, high = torch.stack(labels.aminmax()).tolist()
        require(low >= 0 and high < logits.size(-1), 'gt_label',
                f'labels from {low} to {high}',
                f'0 <= label < num_classes={logits.size(-1)}',
                'Set num_classes to that of the annotation file.')
    else:
        require(labels.size(-1) == logits.size(-1), 'gt_label',
                f'{labels.size(-1)} numbers', f'1 or {logits.size(-1)}',
                'Give a class index or one weight per class.')
        labels = labels.float()
        sums = labels.sum(dim=-1)
        off = int((sums - 1).abs().argmax())
        require(abs(sums[off].item() - 1) < 1e-2 and labels.min() >= 0,
                'gt_label', f'{labels[off].tolist()} for video {off}',
                'soft labels, >= 0 with sum 1', 'Divide them by their sum. '
                'Several actions in one video (multi_class) are not '
                'supported: the classifiers are softmaxes.')
    return labels.repeat_interleave(logits.size(0) // len(data_samples), 0)


def _topk_accuracy(scores: Tensor, labels: Tensor, k: int) -> Tensor:
    k = min(k, scores.size(-1))
    likely = scores.topk(k, dim=-1).indices
    return (likely == labels.unsqueeze(-1)).any(dim=-1).float().mean()
