"""Accuracy of rules from scored clips."""

import pytest
import torch

from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder
from s2dnet_mmaction.evaluation.selection_curve import (
    Cost,
    ScoredVideo,
    accuracy,
    add_cost,
    by_fusion,
    by_saliency,
    by_union,
    oracle,
    over_seeds,
    read_scored,
    selection_curve,
    uniform,
)
from s2dnet_mmaction.functional import selection

# Of two classes. The event of class 0 is clip 2; clips 0 and 4 say class 1.
SCORES = torch.tensor([[.1, .9], [.4, .6], [.99, .01], [.5, .5], [.1, .9]])


def video(name='a', label=0, **saliency):
    scores = SCORES if label == 0 else SCORES.flip(1)
    return ScoredVideo(name, label, scores, {
        key: torch.tensor(value) for key, value in saliency.items()})


GOOD = [0., .1, .9, .2, .3]
BAD = [.9, 0., .1, 0., .8]
VIDEOS = [video('a', 0, good=GOOD, bad=BAD, mixed=GOOD),
          video('b', 1, good=GOOD, bad=BAD, mixed=BAD)]


@pytest.mark.parametrize('rule, k, expected', [
    (by_saliency('good'), 1, 1), (by_saliency('bad'), 1, 0),
    (by_saliency('mixed'), 1, .5), (by_saliency('good', 2), 1, 1),
    (by_saliency('good', 3), 1, .5),  # clip 3, undecided
    (uniform, 1, 1), (uniform, 5, 0), (oracle, 1, 1),
    (by_union('bad', 'good', .5), 2, 1),  # clips 0 and 2
    (by_union('bad', 'good', 1), 2, 0)])
def test_accuracy_by_hand(rule, k, expected):
    assert accuracy(VIDEOS, rule, k) == expected


def test_curve():
    curve = selection_curve(VIDEOS, [1, 3, 9], dict(
        good=by_saliency('good'), bad=by_saliency('bad')))
    table = curve.pivot(index='rule', columns='k', values='accuracy')
    assert set(table.index) == {'good', 'bad', 'uniform', 'random', 'oracle',
                                'dense'}
    assert (table.loc['dense'] == 0).all()
    # Nine of five clips are all of them.
    assert (table[9] == 0).all()
    assert table.loc['oracle', 1] == table.loc['good', 1] == 1
    assert 0 < table.loc['random', 1] < 1


@pytest.mark.parametrize('how', selection.FUSIONS)
def test_fusions(how):
    fs, vg = [.1, .2, .9, .3, .6], [.9, .15, .3, .0, .8]
    one = video('a', 0, fs=fs, vg=vg)
    expected = selection.fuse(how, torch.tensor(fs), torch.tensor(vg), 2)
    assert by_fusion(how, 'fs', 'vg')(one, 2).equal(expected)
    # Clips 1 and 2 alone were looked at.
    nothing = -torch.inf
    some = video('a', 0, fs=[nothing, .2, .9, nothing, .6],
                 vg=[nothing, .15, .3, .5, nothing])
    assert by_fusion(how, 'fs', 'vg')(some, 1).tolist() == [2]
    assert by_fusion(how, 'fs', 'vg')(some, 4).tolist() == [1, 2]


def test_unknown_fusion():
    with pytest.raises(ValueError, match="fusion: got 'xor'"):
        by_fusion('xor', 'fs', 'vg')


def test_over_seeds():
    curves = [selection_curve(VIDEOS, [1], dict(rule=by_saliency(name)))
              for name in ('good', 'bad', 'mixed')]
    table = over_seeds(curves).set_index('rule')
    assert table.loc['rule', 'accuracy'] == .5
    assert table.loc['rule', 'spread'] == pytest.approx(.5)
    assert table.loc['oracle', 'spread'] == 0
    assert over_seeds(curves[:1])['spread'].tolist() == [0] * len(curves[0])


def test_cost():
    curve = selection_curve(VIDEOS, [2, 9], dict(good=by_saliency('good')))
    curve = add_cost(curve, VIDEOS, 'gmacs', Cost(10., dict(good=.1)))
    cost = curve.set_index(['rule', 'k'])['gmacs']
    assert cost['good', 2] == pytest.approx(20.5)
    assert cost['good', 9] == pytest.approx(50.5)
    assert cost['uniform', 2] == cost['oracle', 2] == 20
    assert cost['dense', 2] == 50
    curve = add_cost(curve, VIDEOS, 'gmacs', Cost(
        10., dict(good=.1), 1., dict(good=2)))
    cost = curve.set_index(['rule', 'k'])['gmacs']
    assert cost['good', 9] == pytest.approx(31.5)  # 3 of 5 are scored
    assert cost['dense', 2] == 51


def write(folder, columns, *rows):
    with PartWriter(ResultFolder(str(folder), columns)) as writer:
        writer.add([dict(zip(columns, row)) for row in rows])
    return str(folder)


SCORED = dict(input='text', label='int', clip_starts='list<int>',
              clip_scores='list<list<float>>')
SEEN = dict(input='text', saliency_visual='list<float>',
            candidate_starts='list<int>')
STARTS = [0, 4, 8, 12, 16]


def test_reading(tmp_path):
    clips = write(tmp_path / 'clips', SCORED, ('a', 0, STARTS,
                                               SCORES.tolist()),
                  ('b', 1, STARTS[:2], SCORES[:2].tolist()))
    seen = write(tmp_path / 'seen', SEEN, ('b', [1., None], STARTS[:2]),
                 ('a', GOOD, STARTS))
    first, second = read_scored(clips, rank=seen)
    assert (first.name, first.label) == ('a', 0)
    torch.testing.assert_close(first.scores, SCORES)
    torch.testing.assert_close(first.saliency['rank'], torch.tensor(GOOD))
    assert second.saliency['rank'].tolist() == [1, -torch.inf]
    assert len(read_scored(clips)[0].scores) == 5
    other = write(tmp_path / 'other', SEEN, ('a', GOOD, STARTS),
                  ('b', [1., 2], [0, 2]))
    with pytest.raises(ValueError, match=r'saliency of b in .*begin at \[0, '):
        read_scored(clips, rank=other)
    lacking = write(tmp_path / 'lacking', SEEN, ('a', GOOD, STARTS))
    with pytest.raises(ValueError, match='saliency of b in .*got none'):
        read_scored(clips, rank=lacking)
    with pytest.raises(ValueError, match="got no .'clip_scores', 'clip_star"):
        read_scored(seen)
    with pytest.raises(FileNotFoundError, match='without results/part-'):
        read_scored(str(tmp_path))


def test_some_of_the_scored_clips(tmp_path):
    """NSNet looks at T frames; more of them were scored to train it."""
    clips = write(tmp_path / 'clips', SCORED,
                  ('a', 0, STARTS, SCORES.tolist()))
    seen = write(tmp_path / 'seen', SEEN, ('a', [.1, .9, .3], [0, 8, 16]))
    guiding = write(
        tmp_path / 'guiding', dict(input='text', prototype='list<float>',
                                   clip_starts='list<int>'),
        ('a', [.0, .1, .2, .3, .4], STARTS))
    video, = read_scored(clips, guiding, visual=seen)
    torch.testing.assert_close(video.scores, SCORES[::2])
    assert video.saliency['guiding'].tolist() == pytest.approx([0, .2, .4])
    assert by_saliency('visual')(video, 1).tolist() == [1]


def test_a_short_video_has_some_clips_twice(tmp_path):
    """They are one clip each."""
    clips = write(tmp_path / 'clips', SCORED, (
        'a', 0, [0, 0, 4, 4], SCORES[[0, 0, 1, 1]].tolist()))
    seen = write(tmp_path / 'seen', SEEN, ('a', [.1, .1, .9, .9],
                                           [0, 0, 4, 4]))
    video, = read_scored(clips, visual=seen)
    torch.testing.assert_close(video.scores, SCORES[:2])
    assert video.saliency['visual'].tolist() == pytest.approx([.1, .9])


def test_several_classes_of_a_video():
    """The mean average precision, by hand."""
    videos = [ScoredVideo(str(n), labels, torch.tensor([scores]), {})
              for n, (labels, scores) in enumerate((
                  ([0], [.9, .2, .1]), ([1], [.8, .3, .2]),
                  ([0, 2], [.7, .1, .3])))]
    # Class 0: places 1 and 3, (1 + 2 / 3) / 2; classes 1 and 2: place 1
    assert accuracy(videos, uniform, 1) == pytest.approx((5 / 6 + 2) / 3)
    assert oracle(videos[2], 1).tolist() == [0]
