"""Trainings of a study as processes of their own, several at a time."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Callable, Dict, List, Optional, Sequence

from .._checks import require_int
from .environment import environment
from .source import commit_of
from .study import ACCURACY, Study
from .study_files import (
    CONFIG,
    FAILED,
    LOG,
    RESULT,
    empty,
    error_line,
    last_checkpoint,
    old_of,
    read_device,
    read_scalars,
    read_state,
    tail,
    write_config,
    write_record,
)
from .study_parts import Node
from .study_processes import end, locked, prepare, start, threads_of

_POLL_SEC = 0.05


def is_settled(study: Study, node: Node) -> bool:
    """Whether there is nothing left to do: trained, or failed as expected
    of it."""
    state = read_state(study, node)
    return state['status'] == 'done' or state['expected']


def execute(study: Study,
            nodes: Optional[Sequence[Node]] = None,
            jobs: int = 2,
            say: Callable[[str], None] = print) -> bool:
    """Train what is not trained yet.

    Whatever ends it, calling it again goes on from there: a node counts
    once its result is written, at its very end.

    Args:
        nodes: of the study's plan, in its order; None: all.
        jobs: trainings at a time.
        say: gets a line for everything that happens.

    Returns:
        whether all went as expected.
    """
    require_int('jobs', jobs)
    nodes = study.plan() if nodes is None else list(nodes)
    study.work_dir.mkdir(parents=True, exist_ok=True)
    with locked(study.work_dir / 'lock') as lock:
        waiting = _to_train(study, nodes)
        wrong = [node for node in nodes if node not in waiting
                 and not read_state(study, node)['expected']]
        for node in wrong:
            say(f'{node}: {_unexpected_end(study, node)}')
        if not waiting:
            say(f'All {len(nodes)} runs are there.')
            return not wrong
        _check_configs(study, waiting)  # not hours later
        prepare(study, say, lock)
        waiting = _to_train(study, nodes)  # it may have changed the inputs
        as_expected = _Workers(study, nodes, waiting, jobs, say, lock).run()
        return as_expected and not wrong


def _unexpected_end(study: Study, node: Node) -> str:
    return f'ended well, NOT with the expected {study.must_fail(node.run)}'


def _to_train(study: Study, nodes: Sequence[Node]) -> List[Node]:
    waiting = {node for node in nodes if not is_settled(study, node)}
    for node in reversed(nodes):  # children come first
        parent = study.parent(node)
        if node in waiting and parent in nodes and _is_gone(study, parent):
            waiting.add(parent)
    return [node for node in nodes if node in waiting]


def _is_gone(study: Study, node: Node) -> bool:
    """Whether a node is trained, but its checkpoint was deleted."""
    return (read_state(study, node)['status'] == 'done'
            and _checkpoint_of(study, node) is None)


def _checkpoint_of(study: Study, node: Node) -> Optional[Path]:
    name = read_state(study, node).get('checkpoint')
    path = study.folder(node) / (name or '')
    return path if path.is_file() else None


def _check_configs(study: Study, nodes: Sequence[Node]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for run in dict.fromkeys(node.run for node in nodes):
            write_config(
                study.config(Node(run, 0)), Path(folder, f'{run}.py'))


class _Workers:
    """The runs in work, those that wait for one, and what came of it."""

    def __init__(self, study, nodes, waiting, jobs, say, lock: IO) -> None:
        self.study = study
        self.lock = lock
        self.waiting: List[Node] = waiting
        self.total = len(nodes)
        self.settled = self.total - len(waiting)
        self.jobs = jobs
        self.say = say
        self.running: Dict[Node, Any] = {}  # (process, begin, source) by node
        self.lost: set = set()  # failed or skipped in this call
        self.as_expected = True

    def run(self) -> bool:
        try:
            while self.waiting or self.running:
                self._skip()
                self._start()
                for node in list(self.running):
                    if self.running[node][0].poll() is not None:
                        self._finish(node)
                if self.running:
                    time.sleep(_POLL_SEC)
        finally:
            end([process for process, *_ in self.running.values()])
        return self.as_expected

    def _skip(self) -> None:
        for node in list(self.waiting):
            parent = self.study.parent(node)
            failed = parent in self.lost or (
                # settled before this call by an expected error
                parent is not None and self._is_over(parent)
                and read_state(self.study, parent)['status'] != 'done')
            if failed:
                self.waiting.remove(node)
                self.lost.add(node)
                self._report(node, f'skipped: {parent} failed')
                if not read_state(self.study, parent)['expected']:
                    self.as_expected = False

    def _is_over(self, node: Node) -> bool:
        return node not in self.waiting and node not in self.running

    def _start(self) -> None:
        for node in list(self.waiting):
            if len(self.running) >= self.jobs:
                return
            parent = self.study.parent(node)
            if parent is not None and not self._is_over(parent):
                continue
            self.waiting.remove(node)
            if read_state(self.study, node)['status'] == 'changed':
                self.say(f'{node}: its config or data have changed, training '
                         'again')
            checkpoint = None
            if parent is not None:
                checkpoint = _checkpoint_of(self.study, parent)
                if checkpoint is None:
                    self.lost.add(node)
                    self.as_expected = False
                    self._report(node, f'skipped: {parent} left no checkpoint')
                    continue
            source = dict(  # the code and the data that it reads
                source=commit_of(self.study.root),
                inputs=self.study.input_digests())
            process = self._launch(node, checkpoint)
            self.running[node] = (process, time.monotonic(), source)

    def _launch(self, node: Node, checkpoint: Optional[Path]):
        study, folder = self.study, self.study.folder(node)
        empty(folder)
        write_config(study.config(node, checkpoint), folder / CONFIG)
        command = [
            *study.train_command, study.relative(folder / CONFIG),
            '--work-dir', study.relative(folder)
        ]
        return start(command, study.root, folder / LOG, threads_of(self.jobs),
                     self.lock)

    def _finish(self, node: Node) -> None:
        process, begin, source = self.running.pop(node)
        seconds = time.monotonic() - begin
        end([process])  # what it left running
        folder = self.study.folder(node)
        made_with = environment('cpu')
        # It may see other devices than this process.
        device = read_device(folder / LOG) or 'an unknown device'
        if device != 'cpu':
            made_with['hardware']['device'] = device
        made_with['hardware'].update(
            threads=threads_of(self.jobs), jobs=self.jobs)
        record = dict(
            digest=self.study.digest(node),
            seconds=round(seconds, 1),
            **source,
            **made_with)
        if process.returncode == 0:
            record.update(
                **read_scalars(folder), checkpoint=last_checkpoint(folder))
            write_record(folder / RESULT, record)
            shutil.rmtree(old_of(folder), ignore_errors=True)
        else:
            lines = tail(folder / LOG, self.study.root)
            record.update(
                code=process.returncode, error=error_line(lines), log=lines)
            write_record(folder / FAILED, record)
        self._judge(node)

    def _judge(self, node: Node) -> None:
        """Say what came of a run that has ended."""
        state = read_state(self.study, node)
        self.as_expected &= state['expected']
        if state['status'] == 'done':
            accuracy = state['scalars'].get(ACCURACY)
            words = f'done in {state["seconds"]:.0f} s' + (
                '' if accuracy is None else f' top1 {accuracy:.3f}')
            if not state['expected']:
                words += f', {_unexpected_end(self.study, node)}'
        else:
            self.lost.add(node)
            log = self.study.relative(self.study.folder(node) / LOG)
            words = ('failed as expected' if state['expected'] else 'FAILED')
            words += (f' after {state["seconds"]:.0f} s: {state["error"]} '
                      f'({log})')
        self._report(node, words)

    def _report(self, node: Node, what: str) -> None:
        self.settled += 1
        self.say(f'[{self.settled}/{self.total}] {node} {what}')
