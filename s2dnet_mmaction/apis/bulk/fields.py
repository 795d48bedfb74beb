"""What is kept of a prediction; each method adds its own fields."""

import math
from functools import singledispatch
from typing import Any, Callable, Dict, NamedTuple, Optional

from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.structures import ActionDataSample
from mmengine.model import BaseModel
from torch import Tensor

from ...models import AFNet, S2DNet, SampledRecognizer
from ...models.necks.locators import HeatmapLocator
from ...models.recognizers.base import RawFrameRecognizer


class Field(NamedTuple):
    """One or more columns of the results.

    Attributes:
        columns: type of each by its name: ``'int'``, ``'float'``,
            ``'bool'``, ``'text'``, or ``'list<...>'`` of one of these, also
            nested.
        values: values of the columns for a prediction; one may be None.
        test_cfg: options of the model that let it predict them.
        always: whether they are kept without being asked for.
    """
    columns: Dict[str, str]
    values: Callable[[ActionDataSample], Dict[str, Any]]
    test_cfg: Dict[str, Any] = {}
    always: bool = False


def lists(depth: int, kind: str = 'float') -> str:
    """Type of nested lists: ``lists(2)`` is ``'list<list<float>>'``."""
    return 'list<' * depth + kind + '>' * depth


@singledispatch
def fields_of(model: BaseModel) -> Dict[str, Field]:
    """Fields by name; each method registers its own function.

    Args:
        model: the network, in eval mode.

    Raises:
        TypeError: if the model is no recognizer.
    """
    raise TypeError(
        f'model.type: got {type(model).__name__}, expected a recognizer. '
        'Register a function for it with fields_of.register.')


@fields_of.register
def _(model: BaseRecognizer) -> Dict[str, Field]:
    return dict(
        answer=Field(
            dict(pred_label='int', pred_score='float'),
            lambda sample: dict(
                pred_label=int(sample.pred_score.argmax()),
                pred_score=float(sample.pred_score.max())), always=True),
        scores=Field(dict(scores=lists(1)),
                     lambda sample: dict(scores=_list(sample.pred_score))))


@fields_of.register
def _(model: RawFrameRecognizer) -> Dict[str, Field]:
    return dict(fields_of.dispatch(BaseRecognizer)(model), feature=_FEATURE)


@fields_of.register
def _(model: S2DNet) -> Dict[str, Field]:
    grid = dict(return_grid=True)
    fields = dict(
        fields_of.dispatch(RawFrameRecognizer)(model),
        likely=Field(
            dict(topk_labels=lists(1, 'int')),
            lambda sample: dict(topk_labels=_list(sample.topk_label)),
            always=True),
        synopsis_scores=Field(
            dict(synopsis_scores=lists(1)),
            lambda sample: dict(synopsis_scores=_list(sample.synopsis_score))),
        grid=Field(
            dict(frame_positions=lists(2), boxes=lists(3)),
            lambda sample: _of_grid(sample, 'frame_positions', 'boxes'),
            grid))
    if isinstance(model.neck.locator, HeatmapLocator):
        fields['heatmaps'] = Field(
            dict(heatmap_time=lists(2), heatmap_space=lists(4)),
            lambda sample: _of_grid(sample, 'heatmap_time', 'heatmap_space'),
            grid)
    if 'exit_threshold' in model.test_cfg:
        fields['exited'] = Field(
            dict(exited='bool'), lambda sample: dict(exited=sample.exited),
            always=True)
    return fields


@fields_of.register
def _(model: AFNet) -> Dict[str, Field]:
    masks = dict(return_masks=True)
    return dict(
        fields_of.dispatch(BaseRecognizer)(model),
        feature=_FEATURE,
        keep=Field(
            dict(keep_ratio='float', gmacs='float'),
            lambda sample: dict(keep_ratio=float(sample.keep_masks.mean()),
                                gmacs=sample.macs / 1e9), masks, always=True),
        masks=Field(dict(keep_masks=lists(2)),
                    lambda sample: dict(keep_masks=_list(sample.keep_masks)),
                    masks))


@fields_of.register
def _(model: SampledRecognizer) -> Dict[str, Field]:
    saliency = dict(return_saliency=True)
    names = [name for key, sampler in model.samplers.items()
             for name in sampler.score_names or (key, )]
    return dict(
        fields_of.dispatch(BaseRecognizer)(model),
        picks=Field(
            dict(picks=lists(1, 'int'), pick_times=lists(2)),
            lambda sample: dict(
                picks=_list(sample.picks),
                pick_times=None if sample.get('times') is None else _list(
                    sample.times[sample.picks])), saliency, always=True),
        saliency=Field(
            dict({f'saliency_{name}': lists(1) for name in names},
                 candidate_starts=lists(1, 'int')),
            lambda sample: dict({
                f'saliency_{name}': _finite(values)
                for name, values in sample.saliency.items()},
                candidate_starts=_list(sample.starts)),
            saliency),
        clips=Field(
            dict(clip_starts=lists(1, 'int'), clip_scores=lists(2),
                 clip_features=lists(2), clip_true_scores=lists(1)),
            lambda sample: dict({
                name: _list(sample.get(name)) for name in (
                    'clip_starts', 'clip_scores', 'clip_features')},
                clip_true_scores=_true_scores(sample)),
            dict(return_clip_scores=True)))


def _of_grid(sample: ActionDataSample, *names: str) -> Dict[str, Any]:
    """Parts of ``sampling_grid``; None of a video that the net left."""
    grid = sample.get('sampling_grid') or {}
    return {name: _list(grid.get(name)) for name in names}


def _list(numbers: Optional[Tensor]) -> Optional[list]:
    return None if numbers is None else numbers.tolist()


def _true_scores(sample: ActionDataSample) -> Optional[list]:
    """Those of the one true class; None if there is none, or several."""
    label = sample.get('gt_label')
    if label is None or label.numel() != 1 or int(label) < 0:
        return None
    return sample.clip_scores[:, int(label)].tolist()


def _finite(numbers: Tensor) -> list:
    """None where no sampler looked."""
    return [None if number == -math.inf else number
            for number in numbers.tolist()]


_FEATURE = Field(
    dict(feature=lists(1)),
    lambda sample: dict(feature=_list(sample.get('feature'))),
    dict(return_feature=True))
