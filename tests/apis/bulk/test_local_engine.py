"""Videos are handed out once."""

import threading

import torch.distributed as dist

from s2dnet_mmaction.apis.bulk.local_engine import SharedSampler


def test_one_process():
    sampler = SharedSampler([5, 3, 8, 1, 9], dist.HashStore(), 2)
    assert len(sampler) == 5
    assert list(sampler) == [5, 3, 8, 1, 9]


def test_processes_share(tmp_path):
    """Each video goes to one of them; the slow one gets fewer."""
    numbers = list(range(1000))
    taken = {name: [] for name in 'abc'}
    stores = [dist.FileStore(str(tmp_path / 'store'), 3) for _ in taken]
    gate = threading.Barrier(3)

    def work(store, own, wait):
        gate.wait()
        for number in SharedSampler(numbers, store, 4):
            own.append(number)
            if number % 4 == 3:
                wait()

    pause = threading.Event()
    threads = [threading.Thread(target=work, args=(store, own, wait))
               for store, own, wait in zip(stores, taken.values(), (
                   lambda: pause.wait(.01), lambda: None, lambda: None))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sum(taken.values(), [])) == numbers
    assert len(taken['a']) < len(taken['b']) + len(taken['c'])


def test_nothing_to_do():
    assert list(SharedSampler([], dist.HashStore(), 4)) == []
