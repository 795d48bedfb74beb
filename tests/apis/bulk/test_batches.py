"""Batches of videos of which some cannot be read."""

import pytest
import torch
from mmengine.dataset import pseudo_collate

from s2dnet_mmaction.apis.bulk.batches import (
    Read,
    Videos,
    collate_of,
    to_batch,
)
from s2dnet_mmaction.datasets.collate import video_collate


class Samples:

    def __len__(self):
        return 3

    def __getitem__(self, index):
        if index == 1:
            raise OSError('no\n such  file')
        return dict(inputs=index)


def test_an_error_stays_with_its_video():
    videos = Videos(Samples())
    assert len(videos) == 3
    assert [videos[i] for i in range(3)] == [
        Read(0, dict(inputs=0)), Read(1, None, 'OSError: no such file'),
        Read(2, dict(inputs=2))]


def test_frames_of_one_size_go_together():
    """Their number may differ; other sizes are a batch of their own."""
    shapes = [(1, 3, 5, 8, 8), (1, 3, 4, 8, 6), (1, 3, 7, 8, 8),
              (2, 3, 5, 8, 8)]
    reads = [Read(i, dict(inputs=torch.zeros(shape, dtype=torch.uint8)))
             for i, shape in enumerate(shapes)]
    reads.insert(1, Read(9, None, 'broken'))
    batch = to_batch(reads, video_collate)
    assert [indices for indices, _ in batch.parts] == [[0, 2], [1], [3]]
    assert batch.parts[0][1]['inputs'].shape == (2, 1, 3, 7, 8, 8)
    assert batch.broken == [Read(9, None, 'broken')]
    empty = to_batch(reads[1:2], video_collate)
    assert empty.parts == [] and len(empty.broken) == 1


@pytest.mark.parametrize('loader, function', [
    ({}, pseudo_collate),
    (dict(collate_fn=dict(type='video_collate')), video_collate),
    (dict(collate_fn=dict(type=video_collate)), video_collate),
])
def test_collation_of_the_config(loader, function):
    collate = collate_of(loader)
    assert getattr(collate, 'func', collate) is function


@pytest.mark.parametrize('options, got', [
    (dict(type='video_colate'), "'video_colate'"), (dict(keep=1), 'None')])
def test_unknown_collation(options, got):
    with pytest.raises(ValueError, match=f'collate_fn.type: got {got}'):
        collate_of(dict(collate_fn=options))


def test_views_of_candidates():
    """One after another, so that their number may differ; some lack one."""
    def read(index, number, sound):
        return Read(index, dict(inputs=dict(
            visual=torch.zeros(number, 3, 8, 8, dtype=torch.uint8),
            audio=torch.zeros(number, 1, 40) if sound else None)))

    batch = to_batch([read(0, 4, True), read(1, 7, True), read(2, 4, False)],
                     pseudo_collate)
    assert [indices for indices, _ in batch.parts] == [[0, 1], [2]]
    (_, both), (_, silent) = batch.parts
    assert [len(view) for view in both['inputs']['visual']] == [4, 7]
    assert silent['inputs']['audio'] == [None]
