"""Numbers about predictions, against values by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from mmengine.fileio import dump

from s2dnet_mmaction.evaluation.predictions import (
    Predictions,
    calibration,
    calibration_error,
    confusions,
    per_class,
    read_predictions,
    recall_at_k,
    rescued_and_spoiled,
)

NAMES = ['walk', 'run', 'sit', 'jump']
# Video 0: both right; 1: rescued; 2: spoiled; 3: not among the likely ones;
# 4: both wrong.
CASE = Predictions(
    labels=np.array([0, 1, 2, 3, 1]),
    answer=np.array([[.9, .1, 0, 0], [.2, .8, 0, 0], [.6, 0, .4, 0],
                     [.55, .45, 0, 0], [.7, .3, 0, 0]]),
    synopsis=np.array([[.6, .4, 0, 0], [.5, .4, .1, 0], [.3, 0, .7, 0],
                       [.4, .35, .05, .2], [.5, .3, .1, .1]]),
    topk=np.array([[0, 1], [0, 1], [2, 0], [0, 1], [0, 1]]))


def test_recall():
    scores = np.array([[.5, .3, .2], [.5, .3, .2], [.5, .3, .2]])
    recall = recall_at_k(scores, np.array([0, 2, 1]))
    np.testing.assert_allclose(recall, [1 / 3, 2 / 3, 1])


def test_recall_of_equal_scores():
    """The true class counts as the last: a constant is no answer."""
    recall = recall_at_k(np.full((2, 3), 1 / 3), np.array([0, 1]))
    np.testing.assert_array_equal(recall, [0, 0, 1])


def test_calibration():
    """0.8 is in the bin that begins with it, 1 in the last one."""
    scores = np.array([[.8, .2], [.85, .15], [.5, .5], [1., 0]])
    table = calibration(scores, np.array([0, 1, 0, 0]))
    np.testing.assert_allclose(table['low'], [.5, .8, .9])
    np.testing.assert_allclose(table['high'], [.6, .9, 1])
    assert table['videos'].tolist() == [1, 2, 1]
    np.testing.assert_allclose(table['score'], [.5, .825, 1])
    np.testing.assert_allclose(table['accuracy'], [1, .5, 1])
    assert calibration_error(table) == pytest.approx((.5 + 2 * .325 + 0) / 4)


def test_classes():
    table = per_class(CASE, NAMES).set_index('class')
    assert table['videos'].tolist() == [1, 2, 1, 1]
    np.testing.assert_allclose(table['recall'], [1, .5, 0, 0])
    np.testing.assert_allclose(table['precision'], [.25, 1, np.nan, np.nan])
    np.testing.assert_allclose(table['in top k'], [1, 1, 1, 0])
    assert table['most often taken for'].tolist() == [
        '', 'walk (1)', 'walk (1)', 'walk (1)']


def test_confusions():
    twice = Predictions(*(np.concatenate([part, part[4:]])
                          for part in CASE[:4]))
    pd.testing.assert_frame_equal(confusions(twice, NAMES), pd.DataFrame({
        'truth': ['run', 'sit', 'jump'], 'answer': ['walk'] * 3,
        'in top k': [2, 1, 0], 'videos': [2, 1, 1]}))


def test_no_confusions():
    right = Predictions(np.array([0]), np.array([[1., 0]]))
    assert len(confusions(right, NAMES)) == 0


def test_rescued_and_spoiled():
    """The largest change of the true class' score first."""
    more = CASE._replace(answer=CASE.answer.copy(), labels=CASE.labels.copy())
    rescued, spoiled = rescued_and_spoiled(more)
    assert (rescued.tolist(), spoiled.tolist()) == ([1], [2])
    more.answer[4] = [0, 1, 0, 0]  # + 0.7, that of video 1 is + 0.4
    assert rescued_and_spoiled(more)[0].tolist() == [4, 1]


def test_without_synopsis():
    plain = CASE._replace(synopsis=None, topk=None)
    assert 'in top k' not in per_class(plain, NAMES)
    assert 'in top k' not in confusions(plain, NAMES)
    with pytest.raises(ValueError, match='no synopsis_score'):
        rescued_and_spoiled(plain)


def test_read(tmp_path):
    file = str(tmp_path / 'a.pkl')
    dump([dict(gt_label=torch.tensor([1]), pred_score=torch.tensor([.5, .5]),
               synopsis_score=torch.tensor([.2, .8]),
               topk_label=torch.tensor([1]))], file)
    got = read_predictions(file)
    assert got.labels.tolist() == [1] and got.topk.tolist() == [[1]]
    np.testing.assert_allclose(got.synopsis, [[.2, .8]])
    dump([dict(gt_label=torch.tensor([1]), pred_score=torch.tensor([.5, .5]))],
         file)
    assert read_predictions(file).synopsis is None


@pytest.mark.parametrize('content, message', [
    ([], 'with something else'), (dict(a=1), 'with something else'),
    ([dict(a=1)], 'with something else'),
    ([dict(gt_label=torch.tensor([0, 1]), pred_score=torch.ones(2))],
     'several classes of a video')])
def test_other_files(tmp_path, content, message):
    dump(content, str(tmp_path / 'a.pkl'))
    with pytest.raises(ValueError, match=message):
        read_predictions(str(tmp_path / 'a.pkl'))


@pytest.mark.parametrize('label', [-1, 2])
def test_labels_without_a_score(tmp_path, label):
    dump([dict(pred_score=torch.tensor([.5, .5]), gt_label=torch.tensor([y]))
          for y in (1, label)], tmp_path / 'a.pkl')
    with pytest.raises(ValueError, match=f'gt_label: got {label} of video 1'):
        read_predictions(str(tmp_path / 'a.pkl'))
