"""Memory that is used again, and never by two owners."""

import multiprocessing
import threading

import numpy as np
import pytest
import torch

from s2dnet_mmaction.datasets.memory import MIN_BYTES, Block, Pool

SIZE = 2 * MIN_BYTES


def address(array):
    return array.__array_interface__['data'][0]


def test_used_again_once_the_array_dies():
    pool = Pool()
    array = pool.take(SIZE)
    first = address(array)
    assert array.nbytes == SIZE and array.flags.writeable
    assert address(pool.take(SIZE)) != first
    del array
    assert address(pool.take(SIZE - 5)) == first


@pytest.mark.parametrize('derive', [
    lambda a: a[5:],
    lambda a: a[5:][:7][::2],
    lambda a: a.view(np.float32).reshape(2, -1)[1],
    torch.from_numpy,
    lambda a: torch.from_numpy(a[10:]).view(2, -1)[1],
    lambda a: torch.from_numpy(a).numpy()[3:],
    memoryview,
    lambda a: np.frombuffer(a, np.uint8, 10),
    lambda a: torch.from_numpy(a).untyped_storage(),
])
def test_any_view_keeps_it(derive):
    pool = Pool()
    array = pool.take(SIZE)
    first = address(array)
    view = derive(array)
    del array
    assert address(pool.take(SIZE)) != first
    del view
    assert first in {address(a) for a in [pool.take(SIZE), pool.take(SIZE)]}


def test_empty_has_shape_and_type():
    array = Pool().empty((3, MIN_BYTES), np.float32)
    assert array.shape == (3, MIN_BYTES) and array.dtype == np.float32
    assert array.flags.c_contiguous
    assert Pool().empty((2, 3), np.uint8).shape == (2, 3)


def test_smallest_block_that_will_do():
    pool = Pool()
    arrays = [pool.take(n * MIN_BYTES) for n in (8, 4, 16)]
    places = [address(array) for array in arrays]
    del arrays
    kept = [pool.take(n * MIN_BYTES) for n in (4, 4, 1)]
    assert [address(array) for array in kept[:2]] == [places[1], places[0]]
    assert address(kept[2]) not in places  # 16 would be wasted on 1


def test_limits():
    made = []

    class Counted(Block):

        def __init__(self, size):
            super().__init__(size)
            made.append(size)

    pool = Pool(Counted, max_bytes=3 * SIZE)
    arrays = [pool.take(SIZE) for _ in range(5)]
    last = {address(array) for array in arrays[2:]}
    while arrays:
        del arrays[0]  # the oldest ones are given up
    assert sum(block.size for block in pool._kept) <= 3 * SIZE
    again = [pool.take(SIZE) for _ in range(3)]
    assert {address(array) for array in again} == last
    assert len(made) == 5


@pytest.mark.parametrize('takes, reused', [(16, 1), (17, 0)])
def test_blocks_that_others_use_for_long_are_dropped(takes, reused):
    made, others = [], set()

    class Shared(Block):

        def __init__(self, size):
            super().__init__(size)
            made.append(size)

        def is_free(self):
            return self not in others

    pool = Pool(Shared)
    array = pool.take(SIZE)
    del array
    others.update(pool._kept)
    arrays = [pool.take(SIZE) for _ in range(takes)]
    others.clear()
    arrays.append(pool.take(SIZE))
    assert len(made) == 1 + takes + 1 - reused


def test_threads():
    """No two owners: each writes its number and finds it again."""
    pool, wrong = Pool(), []

    def work(number):
        rng = np.random.default_rng(number)
        kept = []
        for _ in range(60):
            array = pool.take(SIZE + int(rng.integers(0, SIZE)))
            array[::4096] = number
            kept.append(array)
            if len(kept) > 2:
                old = kept.pop(int(rng.integers(0, 3)))
                if (old[::4096] != number).any():
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=(i, )) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_arrays_that_die_while_the_pool_is_locked():
    pool = Pool()
    array = pool.take(SIZE)
    first = address(array)
    with pool._lock:
        del array  # as the garbage collector may do at any time
    assert address(pool.take(SIZE)) == first


def _in_child(pool, kept, queue):
    queue.put(not pool._kept and kept[0] == 7
              and pool.take(SIZE).nbytes == SIZE)


def test_fork():
    """The child keeps what it has, and shares no block with its parent."""
    pool = Pool()
    kept, returned = pool.take(SIZE), pool.take(SIZE)
    kept[0] = 7
    del returned
    context = multiprocessing.get_context('fork')
    queue = context.SimpleQueue()
    with pool._lock:  # as another thread may have it
        child = context.Process(target=_in_child, args=(pool, kept, queue))
        child.start()
        assert queue.get()
        child.join()
    assert child.exitcode == 0
