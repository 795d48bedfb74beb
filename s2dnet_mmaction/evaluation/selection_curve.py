"""Accuracy against the number of picked clips, and against cost.

All clips of the videos have been scored once (``tools/score_clips.py``), and
samplers have given their saliency (``tools/predict.py --fields saliency``).
What any rule with any K answers follows from these: the mean of the class
scores of the clips that it picks, as ``average_clips='prob'`` gives it.
"""

import zlib
from pathlib import PurePath
from typing import Callable, Dict, List, NamedTuple, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from .._checks import require, require_choice
from ..datasets.result_parts import result_rows
from ..functional import selection

NUM_RANDOM = 10  # draws, whose accuracy is averaged


class ScoredVideo(NamedTuple):
    """The clips of a video.

    Attributes:
        name: of the video.
        label: its class.
        scores: (T, classes) by the recognizer.
        saliency: (T,) by the name of each sampler.
    """
    name: str
    label: int
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


def read_scored(folder: str, **saliency: str) -> List[ScoredVideo]:
    """Read scored clips, and the saliency of samplers.

    Args:
        folder: of ``tools/score_clips.py`` for an annotation file.
        saliency: name of a sampler -> folder of ``tools/predict.py`` with
            ``--fields saliency``, and after a colon the name of its score.
            Without one the score of the sampler's name is taken, or the
            only one.

    Raises:
        FileNotFoundError: if a folder has no results.
        ValueError: if a column or a video is missing, or numbers of clips
            differ.
    """
    rows = list(result_rows(folder, ['input', 'label', 'clip_scores']))
    several = [row['input'] for row in rows
               if not isinstance(row['label'], int)]
    require(not several, f'labels of {folder}', f'lists, as of {several[:1]}',
            'one label of each video', 'Accuracy needs single labels: '
            "leave out multi_class of the config's test data set.")
    scored = {row['input']: row for row in rows}
    found: Dict[str, Dict[str, Tensor]] = {name: {} for name in scored}
    for sampler, place in saliency.items():
        source, _, score = place.partition(':')
        table = list(result_rows(source, ['input'], _is_saliency))
        columns = list(filter(_is_saliency, table[0]))
        wanted = f'saliency_{score or sampler}'
        column = wanted if wanted in columns else columns[0] if len(
            columns) == 1 and not score else None
        require(column is not None, f'columns of {source}', columns,
                f'{wanted!r}, or one saliency',
                'Predict with --fields saliency.')
        of_video = {row['input']: row[column] for row in table}
        for name, row in scored.items():
            values = of_video.get(name)
            require(values is not None
                    and len(values) == len(row['clip_scores']),
                    f'saliency of {name} in {source}',
                    'none' if values is None else f'{len(values)} clips',
                    f'{len(row["clip_scores"])} clips',
                    'Use the same list and the same candidates.')
            found[name][sampler] = torch.tensor([
                -torch.inf if value is None else value for value in values])
    return [ScoredVideo(name, row['label'], torch.tensor(row['clip_scores']),
                        found[name]) for name, row in scored.items()]


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
    """The K clips of which the recognizer is surest of the true class."""
    return selection.top_k(video.scores[:, video.label], k)


def random_rule(seed: int) -> Rule:
    """K clips by chance, those of the rule ``Random``."""
    return lambda video, k: selection.random_choice(
        len(video.scores), k, zlib.crc32(
            f'{seed} {PurePath(video.name).name}'.encode()))


def accuracy(videos: Sequence[ScoredVideo], rule: Rule, k: int) -> float:
    """Share of the videos that the mean over the picked clips gets right."""
    right = [int(video.scores[rule(video, k)].mean(0).argmax()) == video.label
             for video in videos]
    return float(np.mean(right))


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
