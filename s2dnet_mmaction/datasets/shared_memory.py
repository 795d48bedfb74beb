"""Memory that a worker of a data loader shares with the main process.

torch takes new shared memory for each tensor that a worker sends. Here the
worker reuses the memory of a batch once the main process has released it:

1. The worker writes a batch into a block of a pool and puts it in its queue.
   Sending the tensor sets one of the block's flags, bytes in shared memory.
2. The main process maps the block. When the last view of the batch is
   deleted there, it clears the flag.
3. The pool of the worker hands the block out again when the worker's own
   views are deleted and no flag is set.

A block lies in a file of ``memfd_create``, not in ``/dev/shm``, which Docker
limits to 64 MiB: where that is full, torch's queue of a worker drops batches
and the main process waits for ever. All other tensors that a worker sends,
such as those of ``pseudo_collate``, are copied into such files too.

The memory vanishes with the processes that map it, however they end. If a
batch is lost on the way, or the main process forks while it holds the batch
(a validation may start workers), the flag stays set: the child may still read
the batch. The pool drops a block whose flags stay set for ``memory.MAX_BUSY``
batches; its memory is freed with the last mapping. When the worker forks, its
pool drops all blocks.
"""

import os
import weakref
from multiprocessing import reduction
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.multiprocessing import get_sharing_strategy
from torch.multiprocessing.reductions import reduce_storage
from torch.utils.data import get_worker_info

from .memory import Pool

MAX_BYTES = 4 << 30  # batches on their way or in use, and the next one
_HEADER = 4096  # a page, so that arrays are aligned
_NUM_FLAGS = 64  # sent and not yet released, of one block
_num_forks = [0]


class SharedBlock:
    """Memory that other processes can map; see ``memory.Block``."""

    def __init__(self, size: int) -> None:
        storage = _new_storage(_HEADER + size)
        memory = _view(storage)
        self.size = size
        self.memory = memory[_HEADER:]
        self._flags = memory[:_NUM_FLAGS]
        self._flags[:] = bytes(_NUM_FLAGS)
        self._storage = storage
        start = storage.data_ptr() + _HEADER
        _blocks[start] = weakref.ref(self)
        weakref.finalize(self, _blocks.pop, start, None).atexit = False

    def is_free(self) -> bool:
        """Whether no other process uses it."""
        return not any(self._flags)

    def send(self, offset: int, num_bytes: int) -> Optional[Tuple]:
        """Function and arguments that open a part of it elsewhere."""
        slot = bytes(self._flags).find(0)
        if slot < 0:
            return None
        self._flags[slot] = 1
        fd, size = self._storage._share_fd_cpu_()
        return _open, (reduction.DupFd(fd), size, offset, num_bytes, slot)


_blocks: Dict[int, 'weakref.ref[SharedBlock]'] = {}  # by address
_pools: List[Pool] = []


def can_share() -> bool:
    """Whether processes send memory as file descriptors, torch's default on
    Linux."""
    return (get_sharing_strategy() == 'file_descriptor'
            and hasattr(os, 'memfd_create'))


def empty_shared(num_bytes: int) -> Tensor:
    """(num_bytes,) uint8 for a batch that a worker sends; not zeroed."""
    if not _pools:
        _pools.append(Pool(SharedBlock, MAX_BYTES))
        os.register_at_fork(before=_pools[0].forget)
    return torch.from_numpy(_pools[0].take(num_bytes))


def _reduce(storage: torch.UntypedStorage) -> Tuple:
    """Send a storage: blocks of the pool as they are, others as torch."""
    if get_worker_info() is None or storage.device.type != 'cpu':
        return reduce_storage(storage)
    address = storage.data_ptr()
    for start, reference in list(_blocks.items()):
        block = reference()
        if block is not None and start <= address < start + block.size:
            sent = block.send(address - start, storage.nbytes())
            if sent is not None:
                return sent
    if can_share() and storage.nbytes() and not storage.is_shared():
        storage = _new_storage(storage.nbytes()).copy_(storage)
    return reduce_storage(storage)


def _new_storage(num_bytes: int) -> torch.UntypedStorage:
    """Zeroed memory of a file without a name, which torch keeps open."""
    file = os.memfd_create('s2dnet_batch')
    try:
        os.ftruncate(file, num_bytes)
        return torch.UntypedStorage._new_shared_fd_cpu(file, num_bytes)
    finally:
        os.close(file)


def _open(file: Any, size: int, offset: int, num_bytes: int,
          slot: int) -> torch.UntypedStorage:
    """Map a part of a block; clear its flag with the last view."""
    fd = file.detach()
    try:
        storage = torch.UntypedStorage._new_shared_fd_cpu(fd, size)
    finally:
        os.close(fd)
    memory = _view(storage)
    array = np.frombuffer(memory, np.uint8, num_bytes, _HEADER + offset)
    clear = weakref.finalize(array, _clear, memory, slot, _num_forks[0])
    clear.atexit = False
    return torch.from_numpy(array).untyped_storage()


def _clear(memory: memoryview, slot: int, num_forks: int) -> None:
    # A process forked since then may still read the memory.
    if num_forks == _num_forks[0]:
        memory[slot] = 0


def _view(storage: torch.UntypedStorage) -> memoryview:
    """The bytes of a storage, which they keep alive."""
    tensor = torch.empty(0, dtype=torch.uint8).set_(storage)
    return memoryview(tensor.numpy())


def _count_fork() -> None:
    _num_forks[0] += 1


if hasattr(os, 'register_at_fork'):  # not on Windows
    os.register_at_fork(before=_count_fork)
# Workers are forked, or import this module with their data set.
reduction.ForkingPickler.register(torch.UntypedStorage, _reduce)
