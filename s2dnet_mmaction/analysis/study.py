"""A study: short trainings that are run once and shown in many tables.

What a study file says, checked, and the order in which its runs can go.
``study_runs`` trains them, ``study_report`` shows the results."""

import copy
import hashlib
import os
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from mmengine.config import Config

from .._checks import require, require_choice, require_int
from .study_parts import (
    Node,
    Row,
    Run,
    check_errors,
    check_limit,
    check_unique,
    filled,
    names_of,
    prepared,
)

SEEDS = (0, 1, 2)  # unless the study says others
ACCURACY = 'acc/top1'


class Study:
    """The plan of a study.

    Args:
        name: of the study.
        runs: keywords of :class:`Run` by name.
        rows: keywords of one :class:`Row` each.
        root: folder that all paths are relative to and runs start in.
        work_dir: folder of the runs, relative to ``root``.
        prepare: commands to run before all others, as
            ``dict(command=[...], creates=path)``. They run in each call
            that trains, so they should leave alone what is up to date, and
            fail if they cannot mend it. A leading ``'python'`` is this
            interpreter.
        inputs: files, relative to ``root``, that tell what the runs learn
            from, e.g. the description of a data set. A run that was trained
            while one of them said something else is trained again; one that
            is gone says nothing.
        seeds: to train and show.
        ceiling: accuracy in [0, 1] that the figure marks, e.g. that of a
            guess; None: none.
        options: settings over those of all runs.
        train_command: what trains; it gets ``CONFIG --work-dir FOLDER``.

    Raises:
        TypeError, ValueError: if the plan is not sound.
    """

    def __init__(self,
                 name: str,
                 runs: Mapping[str, Mapping],
                 rows: Iterable[Mapping],
                 root: Path,
                 work_dir: Optional[Path] = None,
                 prepare: Iterable[Mapping] = (),
                 inputs: Sequence[str] = (),
                 seeds: Sequence[int] = SEEDS,
                 ceiling: Optional[float] = None,
                 options: Optional[Mapping[str, Any]] = None,
                 train_command: Optional[Sequence[str]] = None) -> None:
        self.name = name
        self.root = Path(root).resolve()
        work_dir = Path('work_dirs', name) if work_dir is None else work_dir
        self.work_dir = self.root / work_dir
        self.prepare = [prepared(step) for step in prepare]
        require(not isinstance(inputs, str), 'inputs', repr(inputs),
                'a list of paths', "For one file: inputs=['path'].")
        self.inputs = list(inputs)
        self.seeds = list(seeds)
        self.ceiling = ceiling
        self.options = dict(options or {})
        self.train_command = list(train_command or
                                  (sys.executable, 'tools/train.py'))
        self.runs = {
            run: filled(Run, f'runs[{run!r}]', dict(keys, name=run))
            for run, keys in runs.items()
        }
        self.rows = [
            filled(Row, f'rows[{i}]', keys) for i, keys in enumerate(rows)
        ]
        self._configs: Dict[str, Dict[str, Any]] = {}
        self._texts: Dict[str, str] = {}
        self._check()

    @classmethod
    def from_file(cls, path: str, root: Path, **overrides: Any) -> 'Study':
        """Read a study file: a config with ``runs``, ``rows`` and, if
        wanted, ``prepare``, ``inputs``, ``seeds`` and ``ceiling``.

        Args:
            overrides: arguments of :class:`Study` that win over the file;
                None is no override.
        """
        require(
            Path(path).is_file(), 'study', path, 'a file', 'Check the path.')
        cfg = Config.fromfile(str(path)).to_dict()
        for name in ('runs', 'rows'):
            require(name in cfg, str(path), f'no {name}', f'{name} = ...',
                    'A study has runs and rows.')
        keys = ('runs', 'rows', 'prepare', 'inputs', 'seeds', 'ceiling')
        arguments = {key: cfg[key] for key in keys if key in cfg}
        arguments.update(
            {key: value for key, value in overrides.items()
             if value is not None})
        return cls(Path(path).stem, root=root, **arguments)

    def _check(self) -> None:
        for name, run in self.runs.items():
            # It is a folder's name.
            require(
                name not in ('', '.', '..') and not set(name) & set('/\\'),
                'run', repr(name), 'a name of a folder',
                'Leave slashes out.')
            require((self.root / run.config).is_file(),
                    f'runs[{name!r}].config', run.config,
                    'a file, relative to the root of the study',
                    'Check the path.')
            if run.needs is not None:
                require_choice(f'runs[{name!r}].needs', run.needs, self.runs)
            check_limit(f'runs[{name!r}].seeds', run.seeds)
        for name in self.runs:
            self.chain(name)
        for i, row in enumerate(self.rows):
            require_choice(f'rows[{i}].run', row.run, self.runs)
            check_limit(f'rows[{i}].seeds', row.seeds)
            check_errors(f'rows[{i}]', row)
            require(not isinstance(row.tables, str) and len(row.tables) > 0,
                    f'rows[{i}].tables', repr(row.tables),
                    'a list of names', "For one table: tables=['name'].")
        for table in self.tables():
            labels = [row.label for row in self.rows if table in row.tables]
            check_unique(f'labels of table {table!r}', labels)
        for row in self.rows:
            self.reference_of(row)
        check_unique('seeds', self.seeds)
        for seed in self.seeds:
            require_int('seed', seed, minimum=0)

    def chain(self, run: str) -> List[str]:
        """A run after all that it needs.

        Raises:
            ValueError: if it needs itself.
        """
        names = [run]
        while self.runs[names[-1]].needs is not None:
            names.append(self.runs[names[-1]].needs)
            require(
                names[-1] not in names[:-1], 'needs', ' -> '.join(names),
                'no cycle', 'A run can only start from an earlier one.')
        return names[::-1]

    def reference_of(self, row: Row) -> Optional[str]:
        """Name of the run that a row is compared with."""
        if row.reference is None:
            return None
        # One label may stand in several tables, for different runs.
        labelled = sorted(
            (other for other in self.rows if other.label == row.reference),
            key=lambda other: not set(other.tables) & set(row.tables))
        if labelled:
            return labelled[0].run
        shown = dict.fromkeys(other.run for other in self.rows)
        require_choice(f'reference of row {row.label!r}', row.reference, shown)
        return row.reference

    def tables(self) -> List[str]:
        """Names of the tables, in the order of the rows."""
        return list(
            dict.fromkeys(table for row in self.rows for table in row.tables))

    def select(self, names: Optional[Iterable[str]] = None) -> List[Row]:
        """Rows by run, label or table, each once; None: all.

        Raises:
            ValueError: if no row has one of these names.
        """
        if names is None:
            return list(self.rows)
        names = list(names)
        known = list(
            dict.fromkeys(name for row in self.rows for name in names_of(row)))
        for name in names:
            require_choice('--rows', name, known)
        return [row for row in self.rows if set(names_of(row)) & set(names)]

    def nodes_of(self, row: Row) -> List[Node]:
        """What a row shows, by seed."""
        limits = [limit for limit in (row.seeds, self.runs[row.run].seeds)
                  if limit is not None]
        return [Node(row.run, seed) for seed in self.seeds
                if all(seed < limit for limit in limits)]

    def parent(self, node: Node) -> Optional[Node]:
        """What a node starts from."""
        needs = self.runs[node.run].needs
        if needs is None:
            return None
        limit = self.runs[needs].seeds
        return Node(needs, node.seed if limit is None else node.seed % limit)

    def plan(self,
             rows: Optional[Iterable[Row]] = None,
             seeds: Optional[Iterable[int]] = None) -> List[Node]:
        """Everything to train for these rows and seeds (None: all), each
        once, parents first.

        All rows get their first seed before any gets its second: an early
        report then has all of them.
        """
        rows = self.rows if rows is None else rows
        seeds = self.seeds if seeds is None else list(seeds)
        wanted = [node for row in rows for node in self.nodes_of(row)
                  if node.seed in seeds]
        order = {seed: i for i, seed in enumerate(self.seeds)}
        wanted.sort(key=lambda node: order[node.seed])  # stable
        plan: Dict[Node, None] = {}
        for node in wanted:
            line = [node]
            while (parent := self.parent(line[-1])) is not None:
                line.append(parent)
            plan.update(dict.fromkeys(reversed(line)))
        return list(plan)

    def may_fail(self, run: str) -> List[str]:
        """Names of the errors that are an expected end of a run."""
        return [error for row in self.rows if row.run == run
                for error in (row.may_fail, row.must_fail) if error]

    def must_fail(self, run: str) -> Optional[str]:
        """Name of the error that a run has to end with, if any."""
        return next((row.must_fail for row in self.rows
                     if row.run == run and row.must_fail), None)

    def folder(self, node: Node) -> Path:
        """Where a node keeps its files."""
        return self.work_dir / node.run / f'seed{node.seed}'

    def config(self, node: Node, checkpoint: Optional[Path] = None) -> Config:
        """The config of a node, whole.

        Args:
            checkpoint: what it starts from; None leaves that out.
        """
        run = self.runs[node.run]
        cfg = Config(copy.deepcopy(self._merged(node.run)))
        cfg.randomness = dict(cfg.get('randomness') or {}, seed=node.seed)
        if checkpoint is not None:
            cfg.merge_from_dict(
                {run.checkpoint_option: self.relative(checkpoint)})
        # Formatting the text of a config is most of the time of a dump.
        return Config(cfg.to_dict(), format_python_code=False)

    def _merged(self, name: str) -> Dict[str, Any]:
        """A run's config and options. Read once: a file that is edited
        while the study runs must not train under the old digest."""
        if name not in self._configs:
            run = self.runs[name]
            cfg = Config.fromfile(
                str(self.root / run.config), import_custom_modules=False)
            for options in (run.options, self.options):
                # mmengine pops _delete_ out of what it merges.
                cfg.merge_from_dict(copy.deepcopy(dict(options)))
            self._configs[name] = cfg.to_dict()
        return self._configs[name]

    def digest(self, node: Node) -> str:
        """SHA-1 of what decides a node: the text of its config, its seed
        and, instead of a path, the digest of what it starts from."""
        if node.run not in self._texts:
            cfg = self.config(Node(node.run, 0))
            self._texts[node.run] = cfg.pretty_text
        parent = self.parent(node)
        parts = [self._texts[node.run], str(node.seed)]
        if parent is not None:
            parts += [self.runs[node.run].checkpoint_option,
                      self.digest(parent)]
        return hashlib.sha1('\n'.join(parts).encode()).hexdigest()

    def input_digests(self) -> Dict[str, str]:
        """SHA-1 of each of the inputs that is there, by path."""
        return {
            name: hashlib.sha1((self.root / name).read_bytes()).hexdigest()
            for name in self.inputs if (self.root / name).is_file()
        }

    def relative(self, path: Path) -> str:
        """A path as seen from the root, where runs start."""
        return Path(os.path.relpath(path, self.root)).as_posix()
