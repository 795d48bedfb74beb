"""The trainings that a study file asks for. For its format see telltale.py."""

import copy
import hashlib
import json
import runpy
from pathlib import Path
from typing import Mapping, NamedTuple, Optional, Sequence

from mmengine.config import Config
from study_code import code_digest

from s2dnet_mmaction._checks import require, require_choice

ROOT = Path(__file__).resolve().parents[2]
DEFAULTS = dict(seeds=(0, 1, 2), seed_options=(), repeat='seed', ceiling=None,
                prepare=(), inputs=(), environment={}, train='tools/train.py')
REPEATS = ('seed', 'fold')


class Run(NamedTuple):
    """A training, once per seed."""
    config: str  # path relative to the checkout
    options: Mapping = {}  # settings over the config's, by dotted key
    needs: Optional[str] = None  # run above whose weights start this one
    checkpoint_option: str = 'load_from'  # dotted key that gets its path
    may_fail: Optional[str] = None  # name of an error that may end it
    must_fail: Optional[str] = None  # name of the error that has to end it


class Row(NamedTuple):
    """A run in the tables."""
    run: str
    label: str
    tables: Sequence[str]
    seeds: Optional[int] = None  # only seeds below this number; None: all
    reference: Optional[str] = None  # run to compare with, seed by seed


class Study:
    """A study file, with config ``options`` for all runs and more ``seeds``.

    Args:
        known_data: as ``data``; for inputs that were deleted to make room.

    Attributes:
        data: SHA-1 of the inputs, by name.
        jobs: settings of all trainings, by folder. A digest in its name
            stands for all that decides the result.
        shown: the trainings in the tables, as (row, seed, folder).
    """

    def __init__(self, path, options, seeds, known_data={}):
        self.settings = {**DEFAULTS, **runpy.run_path(path)}
        require_choice('repeat', self.settings['repeat'], REPEATS)
        self.runs, self.configs = {}, {}
        for name, keys in self.settings['runs'].items():
            run = Run(**keys)
            require_choice(f'needs of {name}', run.needs, [None, *self.runs])
            self.runs[name] = run
            self.configs[name] = config_text(run.config, run.options, options)
        rows = [Row(**row) for row in self.settings['rows']]
        labels = set()
        for row in rows:
            require(not isinstance(row.tables, str), f'tables of {row.label}',
                    repr(row.tables), 'a list of names',
                    f'Write tables=[{row.tables!r}].', TypeError)
            for table in row.tables:
                require((table, row.label) not in labels, f'label in {table}',
                        f'{row.label} twice', 'another one for each row',
                        'Rename a row or leave it out of the table.')
                labels.add((table, row.label))
            require_choice(f'run of {row.label}', row.run, self.runs)
            require_choice(f'reference of {row.label}', row.reference,
                           [None, *(other.run for other in rows)])
        self.code = code_digest(ROOT, self.settings['train'])
        self.data = {
            name: sha1(ROOT / name) if (ROOT / name).exists() else
            known_data.get(name) for name in self.settings['inputs']}
        self.jobs = {}
        self.shown = [
            (row, seed, self._add(row.run, seed)) for row in rows
            for seed in sorted({*self.settings['seeds'], *(seeds or ())})
            if row.seeds is None or seed < row.seeds]

    def _add(self, name, seed):
        """Add a training and those that it starts from; returns its folder."""
        run = self.runs[name]
        job = dict(
            run._asdict(), config=self.configs[name], seed=seed,
            options=[option.format(seed=seed) for option in
                     self.settings['seed_options']] or None,
            needs=[self._add(run.needs, seed)] if run.needs else [],
            train=self.settings['train'], code=self.code)
        folder = f'{name}/seed{seed}-{digest_of([job, self.data])}'
        self.jobs[folder] = job
        return folder

    def select(self, names=None, seeds=None):
        """Folders of rows by run, label or table, and by seed; None: all."""
        keys = [{row.run, row.label, *row.tables} for row, *_ in self.shown]
        for name in names or ():
            require_choice('--rows', name, sorted(set().union(*keys)))
        return [folder for key, (_, seed, folder) in zip(keys, self.shown)
                if (names is None or key & set(names))
                and (seeds is None or seed in seeds)]


def digest_of(content):
    """Short name of what json can write."""
    return hashlib.sha1(json.dumps(content).encode()).hexdigest()[:10]


def sha1(file):
    return hashlib.sha1(file.read_bytes()).hexdigest()


def config_text(name, *options):
    """Text of a config, with options by dotted key.

    Raises:
        NameError, SyntaxError: if a value has no such text, e.g. inf.
    """
    cfg = Config.fromfile(str(ROOT / name), import_custom_modules=False)
    for some in options:  # copied, as mmengine changes what it merges
        cfg.merge_from_dict(copy.deepcopy(some))
    text = Config(cfg.to_dict(), format_python_code=False).pretty_text
    exec(text, {})
    return text
