"""Page faults and CPU time of a process, and Linux's huge pages."""

import ctypes
import multiprocessing
import os
import re
import resource
from pathlib import Path

import numpy as np

PAGE_SETTINGS = Path('/sys/kernel/mm/transparent_hugepage')
PR_SET_THP_DISABLE = 41  # see prctl(2)


def usage():
    """Minor page faults, user and system seconds of this process and of the
    workers of its data loaders, so far."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    total = np.array([own.ru_minflt, own.ru_utime, own.ru_stime])
    tick = 1 / os.sysconf('SC_CLK_TCK')
    for worker in multiprocessing.active_children():
        stat = Path(f'/proc/{worker.pid}/stat').read_text()  # see proc(5)
        fields = stat.rpartition(')')[2].split()
        faults, user, system = (int(fields[i]) for i in (7, 11, 12))
        total += faults, user * tick, system * tick
    return total


def page_settings():
    """Linux's transparent huge pages: the choice in each file."""
    settings = {}
    for name in ('enabled', 'shmem_enabled', 'defrag'):
        try:
            text = (PAGE_SETTINGS / name).read_text()
        except OSError:
            settings[name] = 'unknown'
        else:
            settings[name] = re.search(r'\[(.*)\]', text)[1]
    return settings


def disable_huge_pages():
    """Disable huge pages for this process and its children."""
    if ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0):
        raise OSError('prctl(PR_SET_THP_DISABLE) failed')
