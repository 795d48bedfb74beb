"""Work on the threads that torch itself computes with.

After each of its operators torch's OpenMP threads stay awake for a while,
waiting for the next one. Threads of our own would have to share the cores
with them: between two networks the sampler then takes twice as long. So it
joins torch's team, through the entry point that compilers call for
``#pragma omp parallel``; where there is none (torch without OpenMP, or an
OpenMP that has no such name), Python threads do the work.
"""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Callable, List, Optional

import torch

# A forked process has none of these threads; OpenMP would wait for them.
_PROCESS = os.getpid()
_Region = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def run_on_all(work: Callable[[], None], most: int) -> None:
    """Call ``work()`` on every thread at once, on ``most`` at most.

    Raises:
        BaseException: what ``work`` raised, once all are done.
    """
    threads = min(torch.get_num_threads(), most)
    if threads == 1 or os.getpid() != _PROCESS:
        work()
    elif _openmp_parallel() is not None:
        _run_on_team(work, threads)
    else:
        helpers = [_pool(threads).submit(work) for _ in range(threads - 1)]
        work()
        for helper in helpers:
            helper.result()


def _run_on_team(work: Callable[[], None], threads: int) -> None:
    errors: List[BaseException] = []

    def region(_: Optional[int]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: B902, an interrupt, too
            # must not unwind through OpenMP, which would lose it
            errors.append(error)

    _openmp_parallel()(_Region(region), None, threads, 0)
    if errors:
        raise errors[0]


@lru_cache(maxsize=None)
def _openmp_parallel() -> Optional[Callable]:
    """``GOMP_parallel(function, data, threads, flags)`` of GCC's OpenMP.

    LLVM's and Intel's have it too. torch loads its OpenMP for the whole
    process, so that this is the one it uses.
    """
    if os.name != 'posix' or (
            'OpenMP' not in torch.__config__.parallel_info()):
        return None
    function = getattr(ctypes.CDLL(None), 'GOMP_parallel', None)
    if function is not None:
        function.argtypes = (_Region, ctypes.c_void_p, ctypes.c_uint,
                             ctypes.c_uint)
        function.restype = None
    return function


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1, thread_name_prefix='sampler')
