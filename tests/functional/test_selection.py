"""Each rule gives K different candidates in the order of time."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s2dnet_mmaction.functional import selection

# Few different values: most lists have ties.
SCORES = st.lists(st.integers(-2, 2), min_size=1, max_size=12).map(
    lambda scores: torch.tensor(scores, dtype=torch.float))
K = st.integers(1, 14)


def check(picks, k, num_candidates):
    assert picks.dtype == torch.int64
    assert len(picks) == min(k, num_candidates)
    assert (picks.diff() > 0).all()
    assert picks.min() >= 0 and picks.max() < num_candidates


def best_first(scores):
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))


@given(SCORES, K)
def test_top_k(scores, k):
    picks = selection.top_k(scores, k)
    check(picks, k, len(scores))
    assert picks.tolist() == sorted(best_first(scores.tolist())[:k])


@given(SCORES, st.randoms(), st.integers(0, 14), K)
def test_av_union_list(visual, random, k_visual, k):
    audio = visual.tolist()
    random.shuffle(audio)
    picks = selection.av_union_list(visual, torch.tensor(audio), k_visual, k)
    check(picks, k, len(visual))
    expected = best_first(visual.tolist())[:min(k, k_visual)]
    for candidate in best_first(audio):
        if len(expected) < k and candidate not in expected:
            expected.append(candidate)
    assert picks.tolist() == sorted(expected)


@given(SCORES, st.randoms(), st.floats(0, 1), K)
def test_index_union(first, random, alpha, k):
    second = first.tolist()
    random.shuffle(second)
    picks = selection.index_union(first, torch.tensor(second), k, alpha)
    check(picks, k, len(first))
    order, other = best_first(first.tolist()), best_first(second)
    ahead = math.ceil(round(k * alpha, 9))
    wanted = (order[:ahead] + other[:math.ceil(round(k * (1 - alpha), 9))]
              + order[ahead:])
    assert picks.tolist() == sorted(list(dict.fromkeys(wanted))[:k])


@given(SCORES, st.randoms(), K)
def test_index_intersection(first, random, k):
    second = first.tolist()
    random.shuffle(second)
    picks = selection.index_intersection(first, torch.tensor(second), k)
    check(picks, k, len(first))
    order, other = best_first(first.tolist()), best_first(second)
    ends, turn = [k, k], 0
    while len(set(order[:ends[0]]) & set(other[:ends[1]])) < min(
            k, len(order)):
        ends[turn % 2] += 1
        turn += 1
    assert set(picks.tolist()) == set(order[:ends[0]]) & set(other[:ends[1]])


@given(SCORES, st.randoms(), K, st.booleans())
def test_index_join(first, random, k, normalise):
    second = first.tolist()
    random.shuffle(second)
    picks = selection.index_join(first, torch.tensor(second), k, normalise)
    check(picks, k, len(first))
    # The same numbers have the same range.
    larger = [max(pair) for pair in zip(first.tolist(), second)]
    assert picks.tolist() == sorted(best_first(larger)[:k])


@pytest.mark.parametrize('k, expected', [
    # alpha 0.6 of disjoint lists: 3 of the first and 2 of the second; of 4
    # and 6 the shares are one too many.
    (4, [0, 1, 2, 7]), (5, [0, 1, 2, 6, 7]), (6, [0, 1, 2, 3, 6, 7])])
def test_union_of_disjoint_lists(k, expected):
    first = torch.arange(8.).flip(0)
    assert selection.index_union(
        first, first.flip(0), k).tolist() == expected
    assert selection.index_union(first, first, k).tolist() == list(range(k))


def test_intersection_by_turns():
    """The lists 0 1 2 3 4 and 4 3 2 1 0 meet in the middle."""
    first = torch.arange(5.).flip(0)
    of = [selection.index_intersection(first, first.flip(0), k).tolist()
          for k in (1, 2, 3, 4)]
    # Tops of 1 + 1 and 1 + 1: nothing; 3 and 2: the 2.
    assert of[0] == [2]
    # Tops of 2, 2: none; 3, 2: none; 3, 3: the 2; 4, 3: 2 and 3.
    assert of[1] == [2, 3]
    # 3, 3: the 2; 4, 3: 2 and 3; 4, 4: 1, 2 and 3
    assert of[2] == [1, 2, 3]
    assert of[3] == [1, 2, 3, 4]


@pytest.mark.parametrize('how, expected', [
    # Each has an answer of its own: .48 .42 .44 .42 .46 .48
    ('add', [0, 5]),
    # .24 .18 .20 .15 .07 .18
    ('multiply', [0, 2]),
    # .6 .6 .5 .5 .7 .6
    ('max', [0, 4]),
    # ceil(1.2) of the first list, 4 5 3 0 2 1
    ('union', [4, 5]),
    # 4 5 3 0 and 0 1 2 3
    ('intersection', [0, 3]),
    # The larger one of 0 ... 1: 1 1 .8 .5 1 .75
    ('join', [0, 1])])
def test_fusions_by_hand(how, expected):
    first = torch.tensor([.4, .3, .4, .5, .7, .6])
    second = torch.tensor([.6, .6, .5, .3, .1, .3])
    assert selection.fuse(how, first, second, 2).tolist() == expected


def test_join_brings_lists_to_one_range():
    first = torch.tensor([.0, .1, .2, .05])
    second = torch.tensor([90., 50, 30, 10])
    assert selection.index_join(first, second, 2).tolist() == [0, 2]
    assert selection.index_join(first, second, 2, False).tolist() == [0, 1]
    assert selection.unit_range(torch.ones(2, 3)).tolist() == [[0.] * 3] * 2


@given(st.integers(1, 40), K, st.integers(0, 2**40))
def test_without_scores(num_candidates, k, seed):
    check(selection.uniform(num_candidates, k), k, num_candidates)
    picks = selection.random_choice(num_candidates, k, seed)
    check(picks, k, num_candidates)
    assert torch.equal(
        picks, selection.random_choice(num_candidates, k, seed))


@given(st.integers(1, 40), st.integers(1, 50))
def test_every_nth(num_candidates, n):
    assert selection.every_nth(num_candidates, n).tolist() == list(
        range(0, num_candidates, n))


def test_by_hand():
    visual = torch.tensor([.1, .9, .3, .9, .2, .0])
    audio = torch.tensor([.5, .8, .1, .2, .7, .7])
    assert selection.top_k(visual, 3).tolist() == [1, 2, 3]
    # Of the two 0.9 the first; of what is left 4 and 5 have the best sound.
    assert selection.av_union_list(visual, audio, 1, 3).tolist() == [1, 4, 5]
    assert selection.uniform(10, 3).tolist() == [1, 5, 8]
    assert selection.uniform(4, 9).tolist() == [0, 1, 2, 3]
    torch.testing.assert_close(
        selection.convex(audio, visual, .25),
        torch.tensor([.2, .875, .25, .725, .325, .175]))


def test_batch_is_row_by_row():
    scores = torch.randint(3, (2, 4, 7)).float()
    picks = selection.top_k(scores, 3)
    unions = selection.av_union_list(scores, scores.flip(-1), 1, 3)
    both = selection.index_intersection(scores, scores.flip(-1), 3)
    for i in range(2):
        for j in range(4):
            assert torch.equal(picks[i, j],
                               selection.top_k(scores[i, j], 3))
            assert torch.equal(
                unions[i, j],
                selection.av_union_list(scores[i, j], scores[i, j].flip(-1),
                                        1, 3))
            assert torch.equal(both[i, j], selection.index_intersection(
                scores[i, j], scores[i, j].flip(-1), 3))


def test_missing_scores_are_taken_last():
    scores = torch.tensor([-torch.inf, 0, -torch.inf, 1])
    assert selection.top_k(scores, 3).tolist() == [0, 1, 3]


def test_seeds_differ():
    picks = {tuple(selection.random_choice(100, 5, seed).tolist())
             for seed in range(20)}
    assert len(picks) == 20


NAN = torch.tensor([0, torch.nan])
TWO = torch.zeros(2)


@pytest.mark.parametrize('rule, arguments, message', [
    ('top_k', (NAN, 1), 'scores: got NaN'),
    ('top_k', (TWO, 0), 'k: got 0'),
    ('top_k', (torch.zeros(0), 1), r'scores.shape: got \(0,\)'),
    ('uniform', (0, 1), 'num_candidates: got 0'),
    ('random_choice', (3, 0, 0), 'k: got 0'),
    ('every_nth', (3, 0), 'n: got 0'),
    ('av_union_list', (TWO, torch.zeros(3), 1, 1), 'shape of the second'),
    ('av_union_list', (TWO, NAN, 1, 1), 'audio: got NaN'),
    ('av_union_list', (TWO, TWO, -1, 1), 'k_visual: got -1'),
    ('index_union', (TWO, TWO, 1, 2), 'alpha: got 2'),
    ('index_union', (TWO, NAN, 1), 'second: got NaN'),
    ('index_intersection', (TWO, torch.zeros(3), 1), 'shape of the second'),
    ('fuse', ('xor', TWO, TWO, 1), "how: got 'xor'"),
    ('fuse', ('add', TWO, NAN, 1), 'second: got NaN'),
    ('index_join', (TWO, TWO, 0), 'k: got 0'),
    ('convex', (TWO, TWO, 1.5), 'alpha: got 1.5'),
    ('convex', (TWO, torch.zeros(3), .5), 'shape of the second'),
])
def test_errors(rule, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(selection, rule)(*arguments)
