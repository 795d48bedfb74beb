"""The processes of a study: how they start and end, and the lock that lives
as long as any of them."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Callable, Dict, Iterator, Sequence

from .._checks import require
from .study import Study
from .study_files import error_line, tail

# Each step of a training takes a batch of raw frames, some 100 MB, and
# gives it back. glibc returns it to the system, which then hands it out anew
# page by page: a quarter of the time of a small training on a CPU.
_KEEP_MEMORY = ':'.join((
    'glibc.malloc.hugetlb=1', f'glibc.malloc.mmap_threshold={2**32}',
    f'glibc.malloc.trim_threshold={2**33}'))
_GRACE_SEC = 10  # from asking a child to end to ending it


@contextlib.contextmanager
def locked(file: Path) -> Iterator[IO]:
    """Keep a second call out of the same folder.

    Yields:
        the open file. The lock is held until every process that has it,
        see :func:`start`, is gone: a training may outlive a call that was
        killed, and a second one must not write into its folder.

    Raises:
        RuntimeError: if another process holds it.
    """
    import fcntl  # not on Windows, where the rest of the package runs

    with open(file, 'w') as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        except OSError:
            free = False
        require(
            free, file, 'a lock of another process', 'none',
            'This study is running already, or a training that outlived its '
            f'study is: wait for it or end it (fuser {file} names it).',
            RuntimeError)
        yield handle


def start(command: Sequence[str], root: Path, log: Path, threads: int,
          lock: IO) -> subprocess.Popen:
    """Start a command.

    Args:
        root: folder it starts in.
        log: file of what it prints.
        threads: of OpenMP.
        lock: of :func:`locked`; the child keeps it.
    """
    with open(log, 'wb') as file:
        return subprocess.Popen(
            command,
            cwd=root,
            env=_environment(root, threads),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            pass_fds=(lock.fileno(), ),
            # A group of its own ends together with its data workers.
            start_new_session=True)


def end(processes: Sequence[subprocess.Popen]) -> None:
    """End processes and their children."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SEC
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen, number: int) -> None:
    # its group, whose id is that of its leader
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def threads_of(jobs: int) -> int:
    """Threads of each of so many processes."""
    # not all of the machine's, where a container has fewer
    return max(1, len(os.sched_getaffinity(0)) // jobs)


def _environment(root: Path, threads: int) -> Dict[str, str]:
    paths = [str(root), os.environ.get('PYTHONPATH', '')]
    return {
        'GLIBC_TUNABLES': _KEEP_MEMORY,  # unless the user has set it
        **os.environ,
        'OMP_NUM_THREADS': str(threads),
        'PYTHONPATH': os.pathsep.join(filter(None, paths))
    }


def prepare(study: Study, say: Callable[[str], None], lock: IO) -> None:
    """Run the commands of a study, whether their results are there or not:
    they alone know if those are up to date.

    Raises:
        RuntimeError: if one fails or leaves no result.
    """
    for i, (command, creates) in enumerate(study.prepare):
        target = study.root / creates
        say(f'prepare: {creates}')
        log = study.work_dir / f'prepare{i}.txt'
        process = start(command, study.root, log, threads_of(1), lock)
        try:
            code = process.wait()
        finally:
            end([process])
        require(
            code == 0 and target.exists(), f'prepare: {" ".join(command)}',
            f'exit code {code}, {error_line(tail(log, study.root))}',
            f'0 and {creates}', f'See {study.relative(log)}.', RuntimeError)
