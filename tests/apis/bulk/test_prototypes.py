"""Prototypes, guiding saliency and cached features of scored clips."""

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from s2dnet_mmaction.apis.bulk.prototypes import (
    build_prototypes,
    load_prototypes,
    save_prototypes,
    write_guiding,
)
from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder
from s2dnet_mmaction.apis.bulk.scored_clips import scored_clips
from s2dnet_mmaction.datasets import LoadClipScores
from s2dnet_mmaction.functional.nonsaliency import (
    closeness,
    guiding_feature,
)

COLUMNS = dict(index='int', input='text', label='int',
               clip_starts='list<int>', clip_scores='list<list<float>>',
               clip_features='list<list<float>>')


def rows(seed=0, videos=8, classes=3, channels=4):
    rng = np.random.default_rng(seed)
    found = []
    for index in range(videos):
        frames = int(rng.integers(3, 6))
        scores = rng.random((frames, classes)).astype(np.float32)
        scores /= scores.sum(1, keepdims=True)
        found.append(dict(
            index=index, input=f'v/{index}.mp4', label=index % 2,
            clip_starts=list(range(0, 4 * frames, 4)),
            clip_scores=scores.tolist(),
            clip_features=rng.random((frames, channels)).tolist()))
    # No frame of video 1 is right.
    found[1]['clip_scores'] = [[1., 0, 0]] * len(found[1]['clip_starts'])
    return found


def write(folder, of=None, columns=COLUMNS, parts=1, run='a'):
    of = rows() if of is None else of
    ResultFolder(folder, columns).open(dict(run=run))
    for part in range(parts):
        with PartWriter(ResultFolder(folder, columns), str(part)) as writer:
            writer.add(of[part::parts])
    return str(folder)


def test_prototypes_against_loops(tmp_path):
    prototypes = build_prototypes(write(tmp_path), share=.5)
    of_class = {0: [], 1: []}
    for row in rows():
        feature = guiding_feature(
            torch.tensor(row['clip_features']),
            torch.tensor(row['clip_scores']), row['label'], .5)
        if feature is not None:
            of_class[row['label']].append(feature)
    assert prototypes.counts.tolist() == [
        len(of_class[0]), len(of_class[1]), 0]
    assert (prototypes.num_videos, prototypes.num_without) == (
        8, 8 - prototypes.counts.sum())
    for label, features in of_class.items():
        torch.testing.assert_close(prototypes.features[label],
                                   torch.stack(features).mean(0))


def test_processes_do_not_matter(tmp_path):
    """Bit by bit, whoever scored which video."""
    one = build_prototypes(write(tmp_path / 'a'))
    two = build_prototypes(write(tmp_path / 'b', parts=2))
    assert torch.equal(one.features, two.features)
    assert torch.equal(one.counts, two.counts)
    for name in 'ab':
        write_guiding(str(tmp_path / name), tmp_path / f'guiding_{name}', one)
    tables = [sorted((row for file in (
        tmp_path / f'guiding_{name}/results').glob('part-*')
        for row in pq.read_table(file).to_pylist()),
        key=lambda row: row['index']) for name in 'ab']
    assert tables[0] == tables[1] and len(tables[0]) == 8


def test_guiding_saliency(tmp_path):
    clips = write(tmp_path / 'clips')
    prototypes = build_prototypes(clips)
    assert write_guiding(clips, tmp_path / 'guiding', prototypes) == 0
    row = rows()[2]
    results = dict(filename='other/2.mp4', start_index=0,
                   candidates=np.array(row['clip_starts'])[:, None])
    close = closeness(torch.tensor(row['clip_features']),
                      prototypes.features[0]).numpy()
    response = np.array(row['clip_scores'])[:, 0]
    for column, values in (('prototype', close), ('response', response)):
        scores = LoadClipScores(str(tmp_path / 'guiding'), column=column)(
            dict(results))['true_scores']
        np.testing.assert_allclose(
            scores, (values - values.min()) / np.ptp(values), rtol=1e-4,
            atol=1e-6)


def test_it_goes_on(tmp_path):
    clips = write(tmp_path / 'clips')
    prototypes = build_prototypes(clips)
    write_guiding(write(tmp_path / 'some', rows()[:3]), tmp_path / 'guiding',
                  prototypes)
    write_guiding(clips, tmp_path / 'guiding', prototypes)
    names = [row['input'] for file in (
        tmp_path / 'guiding/results').glob('part-*')
        for row in pq.read_table(file).to_pylist()]
    assert sorted(names) == [row['input'] for row in rows()]
    other = prototypes._replace(features=prototypes.features + 1)
    with pytest.raises(ValueError, match='prototypes of .*run.json'):
        write_guiding(clips, tmp_path / 'guiding', other)
    with pytest.raises(ValueError, match='clips of .*run.json'):
        write_guiding(write(tmp_path / 'b', run='b'), tmp_path / 'guiding',
                      prototypes)


def test_classes_without_a_prototype(tmp_path):
    of = rows()
    of[0]['label'] = 2
    of[0]['clip_scores'] = [[1., 0, 0]] * len(of[0]['clip_starts'])
    clips = write(tmp_path / 'clips', of)
    prototypes = build_prototypes(clips)
    with pytest.raises(ValueError, match=r'classes \[2\], which 1 vid'):
        write_guiding(clips, tmp_path / 'a', prototypes)
    assert not (tmp_path / 'a').exists()
    assert write_guiding(clips, tmp_path / 'a', prototypes, 'response') == 1
    row = next(row for file in (tmp_path / 'a/results').glob('part-*')
               for row in pq.read_table(file).to_pylist()
               if row['index'] == 0)
    # No difference between the frames: all are as salient.
    assert row['prototype'] == row['response'] == [1.] * len(row['response'])


def test_several_classes(tmp_path):
    """The larger saliency counts; each class has the video."""
    of = [dict(row, label=[row['label'], 2]) for row in rows()]
    clips = write(tmp_path, of, dict(COLUMNS, label='list<int>'))
    prototypes = build_prototypes(clips)
    assert prototypes.num_videos == 8
    right = [any(np.argmax(scores) in row['label']
                 for scores in row['clip_scores']) for row in of]
    assert prototypes.num_without == right.count(False)
    write_guiding(clips, tmp_path / 'guiding', prototypes)
    row = of[3]
    close = torch.stack([closeness(
        torch.tensor(row['clip_features']), prototypes.features[label])
        for label in (1, 2)]).amax(0)
    found = LoadClipScores(str(tmp_path / 'guiding'), column='prototype')(
        dict(filename='3.mp4', start_index=0, candidates=np.array(
            row['clip_starts'])[:, None]))['true_scores']
    expected = (close - close.min()) / (close.max() - close.min())
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_file_of_prototypes(tmp_path):
    prototypes = build_prototypes(write(tmp_path))
    save_prototypes(tmp_path / 'new/p.npz', prototypes)
    loaded = load_prototypes(tmp_path / 'new/p.npz')
    assert torch.equal(loaded.features, prototypes.features)
    assert torch.equal(loaded.counts, prototypes.counts)
    assert loaded[2:] == prototypes[2:]


def test_other_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match='without results/part-'):
        next(scored_clips(str(tmp_path)))
    write(tmp_path, [dict(index=0, input='a')],
          dict(index='int', input='text'))
    with pytest.raises(ValueError, match="got no .'clip_features'"):
        next(scored_clips(str(tmp_path)))


def test_numbers_that_are_none(tmp_path):
    of = rows()
    of[2]['clip_features'][1][0] = float('nan')
    with pytest.raises(ValueError, match='clip_features of v/2.mp4 in'):
        build_prototypes(write(tmp_path, of))
