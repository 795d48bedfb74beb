"""Reused memory for clips and batches.

Linux gives a process zeroed pages, one page fault each. For clips of 20 to
70 MB this takes as long as resizing them. A pool keeps such memory when its
last array is deleted, and hands it out again.
"""

import os
import threading
import weakref
from collections import deque
from math import prod
from typing import Any, Callable, Deque, Dict, List, Sequence

import numpy as np

MIN_BYTES = 1 << 20  # the C library itself keeps smaller pieces
MAX_BYTES = 2 << 30  # that a pool keeps
MAX_BLOCKS = 64  # that a pool keeps
MAX_BUSY = 16  # calls of take() that another process may use a kept block


class Block:
    """Memory that no other process uses.

    Attributes:
        memory: object with the buffer interface.
        size: bytes of it.
    """

    def __init__(self, size: int) -> None:
        self.memory = memoryview(np.empty(size, np.uint8))  # in huge pages
        self.size = size

    def is_free(self) -> bool:
        """Whether no other process uses it."""
        return True


class Pool:
    """Hands out memory and takes it back when its last array is deleted.

    An array owns its memory as long as it, a view of it or a tensor made
    from it exists: memory in use is not handed out again. Several threads
    may use a pool. After a fork, the child starts with an empty pool.

    Args:
        new_block: makes a block of some size.
        max_bytes: size of the blocks that are kept; the oldest ones go. So
            do blocks that another process uses for long; its mapping keeps
            their memory alive.
    """

    def __init__(self, new_block: Callable[[int], Any] = Block,
                 max_bytes: int = MAX_BYTES) -> None:
        self._new_block = new_block
        self._max_bytes = max_bytes
        self.forget()
        if hasattr(os, 'register_at_fork'):  # not on Windows
            os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Drop all blocks; those in use are freed, not reused."""
        self._lock = threading.Lock()
        # Finalizers run at any time, also while this thread holds the lock.
        # They only append, which needs no lock.
        self._returned: Deque[Any] = deque()
        self._kept: List[Any] = []  # the one returned last is the last
        self._busy: Dict[Any, int] = {}  # kept block -> calls of take()

    def take(self, num_bytes: int) -> np.ndarray:
        """(num_bytes,) uint8, uninitialised."""
        if num_bytes < MIN_BYTES:
            return np.empty(num_bytes, np.uint8)
        with self._lock:
            self._collect()
            block = self._pick(num_bytes)
        if block is None:
            block = self._new_block(_rounded(num_bytes))
        # Views of this array refer to it, and not to the array below,
        # because a memoryview lies in between.
        array = np.frombuffer(block.memory, np.uint8, num_bytes)
        give_back = weakref.finalize(
            array, _give_back, weakref.ref(self), self._returned, block)
        give_back.atexit = False
        return array

    def empty(self, shape: Sequence[int], dtype: Any) -> np.ndarray:
        """An uninitialised array, like ``numpy.empty``."""
        dtype = np.dtype(dtype)
        size = prod(shape) * dtype.itemsize
        return self.take(size).view(dtype).reshape(shape)

    def _pick(self, num_bytes: int) -> Any:
        """The smallest kept block that is large enough and free, or None."""
        self._busy = {
            block: self._busy.get(block, 0) + 1
            for block in self._kept if not block.is_free()
        }
        self._kept = [block for block in self._kept
                      if self._busy.get(block, 0) <= MAX_BUSY]
        fits = [
            (block.size, -i) for i, block in enumerate(self._kept)
            if num_bytes <= block.size <= 4 * num_bytes
            and block not in self._busy
        ]
        return self._kept.pop(-min(fits)[1]) if fits else None

    def _collect(self) -> None:
        """Keep what was returned, within the limits."""
        while self._returned:
            self._kept.append(self._returned.popleft())
        size = sum(block.size for block in self._kept)
        while size > self._max_bytes or len(self._kept) > MAX_BLOCKS:
            size -= self._kept.pop(0).size

    def trim(self) -> None:
        """Apply the limits; skip it while another call holds the lock."""
        lock = self._lock
        if lock.acquire(blocking=False):
            try:
                self._collect()
            finally:
                lock.release()


def _give_back(pool: 'weakref.ref[Pool]', returned: Deque[Any],
               block: Any) -> None:
    returned.append(block)
    pool = pool()
    if pool is not None:
        pool.trim()


def _rounded(num_bytes: int) -> int:
    """Round up by at most a quarter, so that similar clips share a size."""
    step = 1 << (num_bytes.bit_length() - 3)
    return -(-num_bytes // step) * step


local_pool = Pool()  # memory of this process alone
