"""Work is done on all threads, and errors come back."""

import sys
import threading

import pytest
import torch

from s2dnet_mmaction.functional.sampling.backends.cpu import threads

# Elsewhere torch may come with an OpenMP that has no such entry point.
TEAMS = ['openmp', 'python'] if sys.platform == 'linux' else ['python']


@pytest.fixture(params=TEAMS)
def two_threads(request, monkeypatch):
    if request.param == 'python':
        monkeypatch.setattr(threads, '_openmp_parallel', lambda: None)
    else:
        assert threads._openmp_parallel() is not None
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_two_threads_at_once(two_threads):
    seen, both = set(), threading.Barrier(2, timeout=60)

    def work():
        seen.add(threading.get_ident())
        both.wait()  # nobody passes alone

    threads.run_on_all(work, most=5)
    assert len(seen) == 2


def test_no_more_threads_than_jobs(two_threads):
    calls = []
    threads.run_on_all(lambda: calls.append(1), most=1)
    assert calls == [1]


def test_errors_come_back(two_threads):
    """An interrupt of the user's, too."""
    for error in (ValueError('job 3'), KeyboardInterrupt('job 3')) * 2:
        turn = iter([error])

        def work(turn=turn):
            for error in turn:
                raise error

        with pytest.raises(type(error), match='job 3'):
            threads.run_on_all(work, most=5)
