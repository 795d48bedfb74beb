"""What a network looked at in a video, for pictures of any method."""

from functools import singledispatch
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
import torch.nn.functional as F
from mmaction.structures import ActionDataSample
from mmengine.model import BaseModel
from torch import Tensor

from .._checks import require
from ..functional.sampling.detail_sample import sample_window
from ..functional.sampling.filters import FILTERS
from ..functional.sampling.grid import Theta
from ..functional.synopsis_sample import uniform_indices
from ..models import AFNet, S2DNet, SampledRecognizer

_MOST = 5  # classes that are shown of many
_MOST_CLIPS = 1000  # of a video that is drawn
# class name and score, the largest first
Scores = List[Tuple[str, float]]


class Window(NamedTuple):
    """A part of the video that a network looked at.

    Attributes:
        box: (4,) edges x1, y1, x2, y2 in pixels of the raw frame, whose
            first pixel has its centre at 0; may lie outside of the frame.
        weights: (T,) weight of each raw frame in it; they sum to 1.
        image: (h, w, 3) uint8, what the network got.
    """
    box: np.ndarray
    weights: np.ndarray
    image: np.ndarray


class Seen(NamedTuple):
    """What a network looked at in one view of a video.

    Attributes:
        frames: (T, H, W, 3) uint8, all raw frames.
        truth: name of the true class; None: unknown.
        scores: of each net, by its name.
        windows: in the order of their times.
        whole: raw frames that a net saw whole, in order, each once.
        frame_weights: (T,) what the network made of each raw frame, e.g. the
            time weights of heat maps; None: it gives no such weights.
        maps: of some of ``whole``, (h, w) weights of the cells of the frame.
        fps: raw frames per second; None: unknown. :func:`draw` fills in this
            and ``start``.
        start: time of the first raw frame in the file, in seconds; > 0 of a
            long video, whose middle the network saw.
        kept: (blocks, T) how much of each raw frame each block of a network
            looked at, 0 to 1; None: it has no such choice.
        whole_name, weight_name: what ``whole`` and ``frame_weights`` are, for
            the legends.
        unit: what a step of the time line is; ends in ``'frame'`` or
            ``'clip'``.
    """
    frames: np.ndarray
    truth: Optional[str]
    scores: Dict[str, Scores]
    windows: Sequence[Window] = ()
    whole: Sequence[int] = ()
    frame_weights: Optional[np.ndarray] = None
    maps: Dict[int, np.ndarray] = {}
    fps: Optional[float] = None
    start: float = 0.0
    kept: Optional[np.ndarray] = None
    whole_name: str = 'frames seen whole'
    weight_name: str = 'weight of a frame for the place in time'
    unit: str = 'raw input frame'

    @property
    def step(self) -> str:
        """``'frame'`` or ``'clip'``."""
        return self.unit.rpartition(' ')[2]


@singledispatch
def seen_by(model: BaseModel, frames: Tensor, prediction: ActionDataSample,
            view: int = 0, classes: Optional[Sequence[str]] = None) -> Seen:
    """What a network looked at; each method registers its own function.

    Args:
        model: the network, in eval mode.
        frames: (T, C, H, W) raw RGB frames of this view in 0..255, without
            padding.
        prediction: of the model for this video.
        view: which of its views.
        classes: class names; None: numbers.

    Raises:
        TypeError: if the method has no such function.
    """
    raise TypeError(_unknown(model))


@singledispatch
def raw_views(model: BaseModel, inputs: Tensor,
              data_sample: ActionDataSample) -> Tensor:
    """All (V, C, T, H, W) frames of a video.

    Args:
        model: the network.
        inputs: (V, C, T, H, W) of one video; the frames of the synopsis
            alone where the pipeline has SynopsisFirst.
        data_sample: of that video.
    """
    source = data_sample.metainfo.get('frame_source')
    return inputs if source is None else source.read(range(source.num_frames))


@raw_views.register
def _(model: AFNet, inputs: Tensor, data_sample: ActionDataSample) -> Tensor:
    """Of (V T, C, H, W)."""
    clips = inputs.unflatten(0, (-1, model.backbone.num_segments))
    return clips.transpose(1, 2)


@raw_views.register
def _(model: SampledRecognizer, inputs: Dict[str, Tensor],
      data_sample: ActionDataSample) -> Tensor:
    """The middle frame of each candidate, in the place of raw frames."""
    source = data_sample.candidate_source
    require(source.num_candidates <= _MOST_CLIPS, 'video',
            f'{source.num_candidates} clips', f'at most {_MOST_CLIPS} to '
            'draw', 'Draw a part of it, or set num_candidates of '
            'SampleCandidates.')
    clips = source.middles(source.open())
    return clips.transpose(0, 1)[None]


@singledispatch
def return_seen(model: BaseModel) -> None:
    """Let the predictions of a network hold what :func:`seen_by` needs.

    A method whose predictions always do registers no function.

    Raises:
        ValueError: if nothing is known of what the network looked at.
    """
    if seen_by.dispatch(type(model)) is seen_by.dispatch(object):
        raise ValueError(_unknown(model))


def _unknown(model: BaseModel) -> str:
    known = [kind.__name__ for kind in seen_by.registry if kind is not object]
    return (f'model.type: got {type(model).__name__}, expected one of '
            f'{known}. Register a function for it with seen_by.register.')


@return_seen.register
def _(model: S2DNet) -> None:
    model.test_cfg['return_grid'] = True


@return_seen.register
def _(model: AFNet) -> None:
    model.test_cfg['return_masks'] = True


@return_seen.register
def _(model: SampledRecognizer) -> None:
    model.test_cfg['return_saliency'] = True


@seen_by.register
def _(model: SampledRecognizer, frames: Tensor, prediction: ActionDataSample,
      view: int = 0, classes: Optional[Sequence[str]] = None) -> Seen:
    """A frame of each candidate, its saliency, and the picked ones.

    Of several scores the first is shown, from 0, the lowest, to 1; the
    legend has its name. Candidates that no sampler looked at have 0.
    """
    names = class_names(classes, len(prediction.pred_score))
    best = prediction.pred_score.topk(min(_MOST, len(names))).indices
    weights, shown = None, ''
    if prediction.saliency:
        name, saliency = next(iter(prediction.saliency.items()))
        shown = f' ({name})' if len(prediction.saliency) > 1 else ''
        finite = saliency[saliency.isfinite()]
        low, high = finite.min(), finite.max()
        weights = ((saliency - low) / (high - low).clamp(min=1e-12)).clamp(
            min=0).numpy()
    seen = Seen(
        images(frames), true_class(prediction, names),
        {'answer': scored(prediction.pred_score, names, best.tolist())},
        whole=prediction.picks.tolist(), frame_weights=weights,
        whole_name='picked clips', weight_name=f'saliency of a clip{shown}',
        unit='clip')
    if prediction.get('times') is None or len(frames) < 2:
        return seen
    middles = prediction.times.mean(1)
    seconds = float(middles[-1] - middles[0])
    return seen._replace(start=float(middles[0]), fps=(
        len(frames) - 1) / seconds if seconds else None)


@seen_by.register
def _(model: AFNet, frames: Tensor, prediction: ActionDataSample,
      view: int = 0, classes: Optional[Sequence[str]] = None) -> Seen:
    """All frames, and which of them each focal block looked at."""
    names = class_names(classes, len(prediction.pred_score))
    best = prediction.pred_score.topk(min(_MOST, len(names))).indices
    views = prediction.keep_masks.unflatten(1, (-1, len(frames)))
    return Seen(
        images(frames), true_class(prediction, names),
        {'answer': scored(prediction.pred_score, names, best.tolist())},
        whole=list(range(len(frames))), kept=views[:, view].cpu().numpy())


@seen_by.register
def _(model: S2DNet, frames: Tensor, prediction: ActionDataSample,
      view: int = 0, classes: Optional[Sequence[str]] = None) -> Seen:
    """Windows and heat maps of S2DNet, from ``sampling_grid``.

    A video that ended after the synopsis has none.
    """
    names = class_names(classes, len(prediction.pred_score))
    likely = prediction.topk_label.tolist()
    truth = true_class(prediction, names)
    scores = {'answer': scored(prediction.pred_score, names, likely),
              'synopsis net': scored(prediction.synopsis_score, names, likely)}
    if prediction.get('exited'):
        whole = uniform_indices(torch.tensor([len(frames)]),
                                model.snet.num_frames)[0].unique()
        return Seen(images(frames), truth, scores, whole=whole.tolist())
    grid = {name: rows[view] for name, rows in
            prediction.sampling_grid.items()}
    length, sampler = int(grid['num_frames']), model.neck
    require(len(frames) == length, 'frames', f'{len(frames)} of them',
            f'{length}, as many as the network saw',
            'Pass the frames of the video of prediction, without padding.')
    theta = Theta(*(grid[name][None] for name in Theta._fields))
    volume = sample_window(frames[None], None, theta, sampler.size,
                           sampler.filters)[0]
    weights = FILTERS[sampler.filters.temporal](
        grid['frame_positions'][None].double(), length,
        var=sampler.filters.var)[0]
    uniform = uniform_indices(torch.tensor([length]), model.snet.num_frames)[0]
    # A video of fewer than T_S frames has some of them several times.
    whole, which, counts = np.unique(
        uniform.numpy(), return_inverse=True, return_counts=True)

    def total(weights: Tensor) -> np.ndarray:
        """Weights (T', ...) -> their sum for each frame of ``whole``."""
        rows = at_uniform_frames(weights.cpu(), len(uniform)).numpy()
        sums = np.zeros((len(whole), *rows.shape[1:]))
        np.add.at(sums, which, rows)
        return sums

    time, maps = (grid.get(f'heatmap_{axis}') for axis in ('time', 'space'))
    if time is not None:
        time = np.interp(np.arange(length), whole, total(time))
    if maps is not None:
        maps = total(maps) / counts[:, None, None]
    return Seen(
        images(frames), truth, scores,
        [Window(*parts) for parts in zip(
            grid['boxes'].cpu().numpy(), weights.cpu().numpy(),
            images(volume))],
        whole.tolist(), time,
        {} if maps is None else dict(zip(whole.tolist(), maps)))


def at_uniform_frames(weights: Tensor, num_frames: int) -> Tensor:
    """Weights (T', ...) -> (T_S, ...), linearly interpolated in time.

    The locator does the same with the centres. T' is T_S unless the synopsis
    backbone has temporal strides.
    """
    rows = weights.reshape(1, len(weights), -1).transpose(1, 2)
    rows = F.interpolate(rows, num_frames, mode='linear', align_corners=True)
    return rows[0].T.reshape(num_frames, *weights.shape[1:])


def images(frames: Tensor) -> np.ndarray:
    """(T, C, H, W) in 0..255, C 1 or 3 -> (T, H, W, 3) uint8."""
    frames = frames.round().clamp(0, 255) if frames.is_floating_point(
    ) else frames
    rows = frames.to(torch.uint8).permute(0, 2, 3, 1).cpu()
    return rows.expand(*rows.shape[:3], 3).numpy()


def class_names(classes: Optional[Sequence[str]], number: int) -> List[str]:
    """Names of all classes, made up if there are none.

    Raises:
        ValueError: if there are names for another number of classes.
    """
    if classes is None:
        return [f'class {i}' for i in range(number)]
    require(len(classes) == number, 'classes', f'{len(classes)} names',
            f'{number}, one for each class of the model',
            'Pass the class names of its data set, one per line.')
    return list(classes)


def true_class(prediction: ActionDataSample,
               names: Sequence[str]) -> Optional[str]:
    """Name of the one true class; None if there is none or several."""
    label = prediction.get('gt_label')
    if label is None or label.numel() != 1 or int(label) < 0:
        return None
    return names[int(label)]


def scored(scores: Tensor, names: Sequence[str],
           labels: Sequence[int]) -> Scores:
    """Names and scores of some classes, the largest first."""
    return sorted(((names[label], float(scores[label])) for label in labels),
                  key=lambda pair: -pair[1])
