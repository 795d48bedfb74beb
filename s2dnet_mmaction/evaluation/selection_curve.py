"""Accuracy against the number of picked clips, and against cost.

All clips of the videos have been scored once (``tools/score_clips.py``), and
samplers have given their saliency (``tools/predict.py --fields saliency``).
What any rule with any K answers follows from these: the mean of the class
scores of the clips that it picks, as ``average_clips='prob'`` gives it.
"""

import zlib
from pathlib import PurePath
from typing import (
    Callable,
    Dict,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import numpy as np
import pandas as pd
import torch
from mmaction.evaluation import mean_average_precision
from torch import Tensor

from .._checks import require, require_choice
from ..datasets.result_parts import result_rows
from ..functional import selection

NUM_RANDOM = 10  # draws, whose accuracy is averaged


class ScoredVideo(NamedTuple):
    """The clips of a video.

    Attributes:
        name: of the video.
        label: its class; a list of classes of data that have several.
        scores: (T, classes) by the recognizer.
        saliency: (T,) by the name of each sampler.
    """
    name: str
    label: Union[int, List[int]]
    scores: Tensor
    saliency: Dict[str, Tensor]


class Cost(NamedTuple):
    """In any unit.

    Attributes:
        clip: of looking at one candidate.
        skim: of skimming all candidates, per candidate, by the name of the
            rule.
        fixed: of a video, whatever is looked at, such as opening it.
        strides: N of the rules that look at every N-th candidate alone.
    """
    clip: float
    skim: Dict[str, float]
    fixed: float = 0.0
    strides: Dict[str, int] = {}


Rule = Callable[[ScoredVideo, int], Tensor]


def read_scored(folder: str, guiding: Optional[str] = None,
                **saliency: str) -> List[ScoredVideo]:
    """Read scored clips, and the saliency of samplers.

    Of the scored clips those remain that the samplers look at, which are
    found by their first frames.

    Args:
        folder: of ``tools/score_clips.py`` for an annotation file.
        guiding: folder of ``tools/build_prototypes.py`` for the same list,
            which becomes a saliency of this name (NSNet).
        saliency: name of a sampler -> folder of ``tools/predict.py`` with
            ``--fields saliency``, and after a colon the name of its score.
            Without one the score of the sampler's name is taken, or the
            only one.

    Raises:
        FileNotFoundError: if a folder has no results.
        ValueError: if a column or a video is missing, or samplers look at
            other clips.
    """
    tables = {name: _saliency(name, place)
              for name, place in saliency.items()}
    if guiding is not None:
        tables['guiding'] = guiding, {
            row['input']: dict(zip(row['clip_starts'], row['prototype']))
            for row in result_rows(guiding, ['input', 'prototype',
                                             'clip_starts'])}
    videos = []
    for row in result_rows(folder, ['input', 'label', 'clip_scores',
                                    'clip_starts']):
        name, starts = row['input'], row['clip_starts']
        for source, table in tables.values():
            require(name in table, f'saliency of {name} in {source}', 'none',
                    'one', 'Use the same list.')
        looked_at = sorted(set(starts).intersection(*(
            table[name] for _, table in tables.values())))
        found: Dict[str, Tensor] = {}
        for sampler, (source, table) in tables.items():
            own = table[name]
            whole = sampler == 'guiding' or len(looked_at) == len(own)
            require(bool(looked_at) and whole,
                    f'saliency of {name} in {source}',
                    f'clips that begin at {list(own)[:3]} ...',
                    f'some of {starts[:3]} ..., which are scored, and the '
                    'same of all samplers', 'Score and skim the same clips.')
            found[sampler] = torch.tensor([
                -torch.inf if own[start] is None else own[start]
                for start in looked_at])
        at = {start: i for i, start in enumerate(starts)}
        scores = torch.tensor(row['clip_scores'])[
            [at[start] for start in looked_at]]
        videos.append(ScoredVideo(name, row['label'], scores, found))
    return videos


def place_of(option: str) -> Tuple[str, str]:
    """Folder and score of ``FOLDER[:SCORE]``; '' without a score."""
    folder, colon, score = option.rpartition(':')
    return (folder, score) if colon else (option, '')


def _saliency(name: str, place: str
              ) -> Tuple[str, Dict[str, Dict[int, float]]]:
    """Folder, and for each video its scores by the starts of the clips."""
    source, score = place_of(place)
    table = list(result_rows(source, ['input', 'candidate_starts'],
                             _is_saliency))
    columns = list(filter(_is_saliency, table[0]))
    wanted = f'saliency_{score or name}'
    column = wanted if wanted in columns else columns[0] if len(
        columns) == 1 and not score else None
    require(column is not None, f'columns of {source}', columns,
            f'{wanted!r}, or one saliency', 'Predict with --fields saliency.')
    return source, {
        row['input']: dict(zip(row['candidate_starts'], row[column]))
        for row in table}


def _is_saliency(column: str) -> bool:
    return column.startswith('saliency_')


def by_saliency(name: str, stride: int = 1) -> Rule:
    """The K clips of the highest saliency, of every ``stride``-th clip."""

    def rule(video: ScoredVideo, k: int) -> Tensor:
        looked_at = selection.every_nth(len(video.scores), stride)
        scores = torch.full((len(video.scores), ), -torch.inf)
        scores[looked_at] = video.saliency[name][looked_at]
        return selection.top_k(scores, min(k, len(looked_at)))

    return rule


def by_union(visual: str, audio: str, share: float = 0.8) -> Rule:
    """AV-union-list; K' is a share of K (8 of 10 in the supplement)."""
    return lambda video, k: selection.av_union_list(
        video.saliency[visual], video.saliency[audio], round(share * k), k)


def by_fusion(how: str, first: str, second: str) -> Rule:
    """NSNet's fusions of two scores, see ``selection.fuse``.

    Candidates that one of both has not looked at are not picked.
    """
    require_choice('fusion', how, selection.FUSIONS)

    def rule(video: ScoredVideo, k: int) -> Tensor:
        one, other = video.saliency[first], video.saliency[second]
        looked_at = (one.isfinite() & other.isfinite()).nonzero()[:, 0]
        return looked_at[selection.fuse(how, one[looked_at],
                                        other[looked_at], k)]

    return rule


def uniform(video: ScoredVideo, k: int) -> Tensor:
    """K clips in the middle of equal parts."""
    return selection.uniform(len(video.scores), k)


def oracle(video: ScoredVideo, k: int) -> Tensor:
    """The K clips of which the recognizer is surest of a true class."""
    return selection.top_k(video.scores[:, labels_of(video)].amax(1), k)


def labels_of(video: ScoredVideo) -> List[int]:
    """The classes of a video."""
    return video.label if isinstance(video.label, list) else [video.label]


def random_rule(seed: int) -> Rule:
    """K clips by chance, those of the rule ``Random``."""
    return lambda video, k: selection.random_choice(
        len(video.scores), k, zlib.crc32(
            f'{seed} {PurePath(video.name).name}'.encode()))


def accuracy(videos: Sequence[ScoredVideo], rule: Rule, k: int) -> float:
    """How good the mean over the picked clips is.

    Returns:
        share of the videos that it gets right; of data with several classes
        of a video the mean average precision.
    """
    answers = [video.scores[rule(video, k)].mean(0) for video in videos]
    if not isinstance(videos[0].label, list):
        return float(np.mean([int(answer.argmax()) == video.label
                              for answer, video in zip(answers, videos)]))
    truth = np.zeros((len(videos), len(answers[0])))
    for row, video in zip(truth, videos):
        row[labels_of(video)] = 1
    return float(mean_average_precision(
        [answer.numpy() for answer in answers], list(truth)))


def selection_curve(videos: Sequence[ScoredVideo], ks: Sequence[int],
                    rules: Dict[str, Rule]) -> pd.DataFrame:
    """Accuracy of each rule at each K, beside uniform, random and oracle.

    Args:
        videos: of :func:`read_scored`.
        ks: numbers of clips.
        rules: by name, such as those of :func:`by_saliency`.

    Returns:
        rows with ``rule``, ``k`` and ``accuracy``; ``'dense'`` is all clips,
        whatever k.
    """
    rules = dict(rules, uniform=uniform, oracle=oracle)
    rows = []
    dense = accuracy(videos, uniform, max(len(v.scores) for v in videos))
    for k in ks:
        rows += [dict(rule=name, k=k, accuracy=accuracy(videos, rule, k))
                 for name, rule in rules.items()]
        rows.append(dict(rule='random', k=k, accuracy=float(np.mean(
            [accuracy(videos, random_rule(seed), k)
             for seed in range(NUM_RANDOM)]))))
        rows.append(dict(rule='dense', k=k, accuracy=dense))
    return pd.DataFrame(rows)


def over_seeds(curves: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The mean of curves of several trainings, and their spread.

    Returns:
        rows as of one curve; ``accuracy`` is the mean, ``spread`` the
        standard deviation over the trainings (of one: 0).
    """
    table = pd.concat(curves).groupby(['rule', 'k'], sort=False)['accuracy']
    return table.agg(accuracy='mean', spread=lambda values: float(
        values.std(ddof=1)) if len(values) > 1 else 0.0).reset_index()


def add_cost(curve: pd.DataFrame, videos: Sequence[ScoredVideo],
             column: str, cost: Cost) -> pd.DataFrame:
    """The curve with the mean cost of a video in a column.

    ``fixed + T skim + min(K, T / N) clip``; rules that look at nothing have
    no skim, and the oracle, which is no method, neither.

    Args:
        curve: of :func:`selection_curve`.
        videos: the same.
        column: its name.
        cost: of a candidate; ``skim`` by the name of the rule.
    """
    lengths = np.array([len(video.scores) for video in videos])

    def of(row: pd.Series) -> float:
        stride = cost.strides.get(row['rule'], 1)
        looked = lengths if row['rule'] == 'dense' else np.minimum(
            row['k'], -(-lengths // stride))
        skim = cost.skim.get(row['rule'], 0.0)
        return float((cost.fixed + lengths * skim
                      + looked * cost.clip).mean())

    return curve.assign(**{column: curve.apply(of, axis=1)})
