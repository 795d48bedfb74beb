"""Parallel work on torch's own threads.

After each operator torch's OpenMP threads spin for a while, waiting for the
next one. Separate threads would have to share the cores with them: between
two networks the sampler then takes twice as long. So the work runs on torch's
threads, through the function that compilers call for ``#pragma omp
parallel``. Where it does not exist (torch without OpenMP, or an OpenMP
without this name), Python threads do the work.
"""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Callable, List, Optional

import torch

# A forked process has none of these threads; OpenMP would wait forever.
_PROCESS = os.getpid()
_Region = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def run_on_all(work: Callable[[], None], most: int) -> None:
    """Call ``work()`` on all threads at once, but on at most ``most``.

    Raises:
        BaseException: an error of ``work``, after all threads have finished.
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
        except BaseException as error:  # noqa: B902, also an interrupt
            # An exception that passes through OpenMP would be lost.
            errors.append(error)

    _openmp_parallel()(_Region(region), None, threads, 0)
    if errors:
        raise errors[0]


@lru_cache(maxsize=None)
def _openmp_parallel() -> Optional[Callable]:
    """``GOMP_parallel(function, data, threads, flags)`` of GCC's OpenMP.

    LLVM's and Intel's OpenMP have it, too. torch loads its OpenMP for the
    whole process, so this is the library that torch uses.
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
