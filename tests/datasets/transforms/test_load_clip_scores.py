"""The recognizer's scores of the candidates."""

import numpy as np
import pytest

from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder
from s2dnet_mmaction.datasets import LoadClipScores

COLUMNS = dict(input='text', clip_starts='list<int>',
               clip_true_scores='list<float>')
ROWS = [
    dict(input='some/a.mp4', clip_starts=[0, 4, 8],
         clip_true_scores=[.1, .2, .3]),
    dict(input='some/b.mp4', clip_starts=[0], clip_true_scores=[.6]),
]


def write(folder, rows=ROWS, columns=COLUMNS):
    with PartWriter(ResultFolder(folder, columns)) as writer:
        writer.add(rows)
    return str(folder)


def results(name='other/a.mp4', starts=(4, 8, 4), start_index=1):
    candidates = np.array(starts)[:, None] + start_index + np.arange(4)
    return dict(filename=name, candidates=candidates, start_index=start_index)


def test_the_scores_of_candidates(tmp_path):
    transform = LoadClipScores(write(tmp_path))
    scores = transform(results())['true_scores']
    np.testing.assert_allclose(scores, [.2, .3, .2], rtol=1e-6)
    assert scores.dtype == np.float32
    scores = transform(results('b.mp4', [0]))['true_scores']
    np.testing.assert_allclose(scores, [.6], rtol=1e-6)


def test_guiding_saliency(tmp_path):
    write(tmp_path, [dict(input='a.mp4', clip_starts=[0, 4, 8],
                          prototype=[0, .5, 1])],
          dict(input='text', clip_starts='list<int>',
               prototype='list<float>'))
    transform = LoadClipScores(str(tmp_path), column='prototype')
    assert transform(results())['true_scores'].tolist() == [.5, 1, .5]
    with pytest.raises(ValueError, match="got no .'response'"):
        LoadClipScores(str(tmp_path), column='response')(results())
    with pytest.raises(ValueError, match="column: got 'label'"):
        LoadClipScores(str(tmp_path), column='label')


def test_by_path(tmp_path):
    transform = LoadClipScores(write(tmp_path), by='path')
    assert len(transform(results('some/a.mp4'))['true_scores']) == 3
    with pytest.raises(ValueError, match="video: got 'other/a.mp4', expected"):
        transform(results())


@pytest.mark.parametrize('changes, message', [
    (dict(name='c.mp4'), "video: got 'c.mp4', expected one of the 2 in"),
    (dict(starts=[2]), r'clips that begin at frames \[2\], expected some of'),
    (dict(starts=[12]), r'clips that begin at frames \[12\]'),
])
def test_what_is_not_scored(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        LoadClipScores(write(tmp_path))(results(**changes))


def test_names_of_two_videos(tmp_path):
    write(tmp_path, [ROWS[0], dict(ROWS[0], input='more/a.mp4')])
    with pytest.raises(ValueError, match="'a.mp4' twice"):
        LoadClipScores(str(tmp_path))(results())


def test_other_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match='without results/part-'):
        LoadClipScores(str(tmp_path))(results())
    write(tmp_path, [dict(input='a.mp4')], dict(input='text'))
    with pytest.raises(ValueError, match="got no .'clip_starts'"):
        LoadClipScores(str(tmp_path))(results())


def test_without_a_label(tmp_path):
    write(tmp_path, [dict(ROWS[0], clip_true_scores=None)])
    with pytest.raises(ValueError, match='a.mp4 in .*: got no label'):
        LoadClipScores(str(tmp_path))(results())


def test_clips_of_one_folder(tmp_path):
    write(tmp_path, [dict(ROWS[0], input='v1'),
                     dict(ROWS[1], input='v1#100')])
    second = dict(results(starts=[0]), frame_dir='some/v1', offset=100)
    del second['filename']
    scores = LoadClipScores(str(tmp_path))(second)['true_scores']
    np.testing.assert_allclose(scores, [.6], rtol=1e-6)
