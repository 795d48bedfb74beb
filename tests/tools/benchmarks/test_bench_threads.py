"""The benchmark of OpenMP's settings, in tiny runs."""

import json
import os
import select
import signal
import sys
import time
from itertools import groupby

import bench_threads
import pytest

from tests.support.command_line import call_tool

# In place of the training: writes the setting in each step. Its worker writes
# it all the time.
CHILD = """
import os, signal, sys, time
pipe = os.open(os.path.dirname(__file__) + '/pipe', os.O_WRONLY)
def write():
    os.write(pipe, os.environ.get('OMP_NUM_THREADS', 'd').encode())
if not os.fork():
    os.close(1)
    while True:
        write()
        time.sleep(0.001)
write()
print('ready', flush=True)
for number, _ in enumerate(sys.stdin):
    write()
    if number == 1 and os.environ.get('GOMP_SPINCOUNT') == 'interrupt':
        os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(0.01)
    print('done', flush=True)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the benchmark with such children; gives the pipe to them."""
    (tmp_path / 'child.py').write_text(CHILD)
    os.mkfifo(tmp_path / 'pipe')
    pipe = os.open(tmp_path / 'pipe', os.O_RDONLY | os.O_NONBLOCK)
    handlers = {number: signal.signal(number, signal.SIG_IGN)
                for number in (signal.SIGTERM, signal.SIGHUP)}

    def run(*options):
        monkeypatch.setattr(
            sys, 'argv', [str(tmp_path / 'child.py'), *map(str, options)])
        bench_threads.main()

    yield run, pipe
    os.close(pipe)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_others_are_stopped_during_a_step(run, tmp_path):
    main, pipe = run
    main('--settings', 'OMP_NUM_THREADS=1', 'default', '--workers', 0, 2,
         '--busy', 0, 1, '--rounds', 3, '--warmup', 1, '--json',
         tmp_path / 'bench.json')
    turns = ''.join(key for key, _ in groupby(os.read(pipe, 2**16).decode()))
    start, steps = '1d', '1d' * (3 + 1)
    assert turns == (start + 2 * steps) * 2

    text = (tmp_path / 'bench.json').read_text()
    assert str(bench_threads.ROOT) not in text
    results = json.loads(text)['results']
    assert [result['title'] for result in results] == [
        '0 workers, alone', '0 workers, beside 1 busy processes',
        '2 workers, alone', '2 workers, beside 1 busy processes']
    for result in results:
        assert result['baseline'] == 'default'
        assert list(result['variants']) == ['OMP_NUM_THREADS=1', 'default']


def test_nothing_is_left_after_an_interruption(run):
    main, pipe = run
    with pytest.raises(KeyboardInterrupt):
        main('--settings', 'default', 'GOMP_SPINCOUNT=interrupt', '--workers',
             0, '--busy', 0)
    end = time.monotonic() + 5
    while select.select([pipe], [], [], 5)[0] and os.read(pipe, 2**16):
        assert time.monotonic() < end
    assert select.select([pipe], [], [], 0)[0]  # closed by all


@pytest.mark.slow
def test_threads(trained, tmp_path):
    setting = 'OMP_WAIT_POLICY=PASSIVE,OMP_NUM_THREADS=1'
    text = call_tool(
        'benchmarks/bench_threads.py', '--config', trained / 'tiny.py',
        '--settings', setting, '--workers', 1, '--busy', 0, 1, '--batch-size',
        8, '--rounds', 2, '--warmup', 0, '--out', tmp_path / 'bench', '--json',
        tmp_path / 'bench.json')
    results = json.loads((tmp_path / 'bench.json').read_text())['results']
    assert [result['title'] for result in results
            ] == ['1 workers, alone', '1 workers, beside 1 busy processes']
    for result in results:
        (name, variant), = result['variants'].items()
        assert name == result['baseline'] == setting
        assert len(variant['times_sec']) == 2
    assert (tmp_path / 'bench.md').read_text() in text + '\n'
