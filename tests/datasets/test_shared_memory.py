"""Batches of workers, in shared memory that outlives them."""

import os
import time
from pathlib import Path

import pytest
import torch
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader, get_worker_info

from s2dnet_mmaction.datasets import shared_memory, video_collate

SIZE = (1, 3, 4, 200, 200)  # 0.5 MB


class Videos(torch.utils.data.Dataset):
    """Video i is full of i."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        return dict(inputs=torch.full(SIZE, i % 251, dtype=torch.uint8))


def collate(samples):
    """Also says how many blocks the worker has."""
    batch = video_collate(samples)
    batch['blocks'] = len(shared_memory._blocks)
    return batch


def loader(count, **options):
    return DataLoader(
        Videos(count),
        **{
            **dict(batch_size=4, num_workers=1, collate_fn=collate),
            **options
        })


def numbers(batch):
    """The video that each pixel of a batch comes from, checked."""
    first = batch['inputs'].flatten(1)[:, :1]
    assert (batch['inputs'].flatten(1) == first).all()
    return first.flatten().tolist()


def mapped(file):
    """How many pieces of such files this process has."""
    return Path('/proc/self/maps').read_text().count(file)


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert mapped('/memfd:s2dnet_batch') == mapped('/dev/shm/torch_') == 0
    for path in Path('/dev/shm').glob('torch_*'):  # of others that run
        assert Path('/proc', path.name.split('_')[1]).exists()


@pytest.mark.parametrize('context', ['fork', 'spawn'])
def test_memory_is_used_again(context):
    blocks = []
    for n, batch in enumerate(loader(100, multiprocessing_context=context)):
        assert numbers(batch) == [4 * n + i for i in range(4)]
        blocks.append(batch['blocks'])
    # At work, in two prefetched batches, in this loop, dying in it
    assert max(blocks) <= 6


def test_kept_batches_keep_their_memory():
    """Also those whose blocks the pool has dropped."""
    batches = list(loader(160))
    views = [batch['inputs'][1:3, :, :, 1:] for batch in batches]
    assert max(batch['blocks'] for batch in batches) <= 16 + 6
    for n, batch in enumerate(batches):
        assert numbers(batch) == [4 * n + i for i in range(4)]
    del batches, batch
    for n, view in enumerate(views):
        assert view[0].unique().tolist() == [4 * n + 1]


def test_persistent_workers():
    data = loader(32, num_workers=2, persistent_workers=True)
    blocks = []
    for _ in range(6):
        for n, batch in enumerate(data):
            assert numbers(batch) == [4 * n + i for i in range(4)]
            blocks.append(batch['blocks'])
    assert max(blocks) <= 6


def test_loop_that_is_left_early():
    data = loader(80, persistent_workers=True)
    for _ in range(5):
        batch = next(iter(data))
        assert numbers(batch) == [0, 1, 2, 3]
    for n, batch in enumerate(data):
        assert numbers(batch) == [4 * n + i for i in range(4)]


def test_dead_worker():
    """Batches that arrived stay whole."""
    data = iter(loader(40))
    batches = [next(data) for _ in range(3)]
    # by the handler of SIGCHLD
    with pytest.raises(RuntimeError, match='killed by signal'):
        data._workers[0].kill()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            time.sleep(0.1)
    for n, batch in enumerate(batches):
        assert numbers(batch) == [4 * n + i for i in range(4)]


def test_batch_that_is_alive_in_a_fork():
    """Its flag stays set, although this process lets go of it."""
    data = iter(loader(200, persistent_workers=True))
    batch = next(data)
    assert numbers(batch) == [0, 1, 2, 3]
    waits, wakes = os.pipe()
    answers, asks = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(waits, 1)
        os.write(asks, bytes(numbers(batch)))
        os._exit(0)
    del batch
    for n, batch in enumerate(data, 1):
        assert numbers(batch) == [(4 * n + i) % 251 for i in range(4)]
    os.write(wakes, b'.')
    assert list(os.read(answers, 4)) == [0, 1, 2, 3]
    assert os.waitpid(child, 0)[1] == 0
    for file in (waits, wakes, answers, asks):
        os.close(file)


def test_batches_that_are_alive_in_forks():
    """As when each validation forks its workers: blocks do not pile up."""
    blocks = []
    for batch in loader(160):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        blocks.append(batch['blocks'])
    assert 6 < max(blocks) <= 16 + 6


def twice(samples):
    """Two tensors of one block, one of them only a part."""
    assert get_worker_info() is not None
    batch = collate(samples)
    return batch['inputs'], batch['inputs'][2:], torch.ones(3)


def test_several_tensors_of_one_block():
    kept = []
    for whole, part, other in loader(60, collate_fn=twice):
        assert torch.equal(whole[2:], part) and other.tolist() == [1, 1, 1]
        kept.append(part)
        del whole
    for n, part in enumerate(kept):
        assert numbers(dict(inputs=part)) == [4 * n + 2, 4 * n + 3]


def test_dirty_memory_is_padded_with_zeros():

    class Unequal(Videos):

        def __getitem__(self, i):
            length = 4 if i < 40 else i % 4 + 1
            return dict(
                inputs=torch.full((1, 3, length, *SIZE[3:]), 9,
                                  dtype=torch.uint8))

    for batch in DataLoader(
            Unequal(80), batch_size=4, num_workers=1,
            collate_fn=video_collate):
        for video, length in zip(batch['inputs'], batch['lengths'].tolist()):
            assert (video[:, :, :length] == 9).all()
            assert (video[:, :, length:] == 0).all()


@pytest.mark.parametrize('collate_fn, context', [
    (collate, 'fork'), (pseudo_collate, 'fork'), (pseudo_collate, 'spawn')])
def test_nothing_is_in_dev_shm(collate_fn, context):
    """Docker limits it to 64 MiB; test loaders have no video_collate."""
    data = loader(8, collate_fn=collate_fn, multiprocessing_context=context)
    batches = list(data)
    assert mapped('/memfd:s2dnet_batch') >= len(batches)
    assert mapped('/dev/shm/torch_') == 0
    for n, batch in enumerate(batches):
        for i, video in enumerate(batch['inputs']):
            assert torch.equal(video, torch.full_like(video, 4 * n + i))


def by_name(_):
    torch.multiprocessing.set_sharing_strategy('file_system')


def test_other_ways_to_share():
    """Then torch copies batches to shared memory, as it does by default."""
    for n, batch in enumerate(loader(16, worker_init_fn=by_name)):
        assert numbers(batch) == [4 * n + i for i in range(4)]
        assert batch['blocks'] == 0
