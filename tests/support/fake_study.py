"""A small study whose trainings take milliseconds, and its runner."""

import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import run_study
import study_plan

from tests.support.glints import ROOT

# It logs as mmengine does. The config says how it behaves. It stands in for
# what takes seconds to import, too.
TRAIN = """
import json, os, pathlib, sys, time, types
for name in ('torch', 'weights_digest', 's2dnet_mmaction',
             's2dnet_mmaction.analysis',
             's2dnet_mmaction.analysis.environment'):
    sys.modules[name] = types.ModuleType(name)
sys.modules['torch'].cuda = types.SimpleNamespace(is_available=bool)
sys.modules['weights_digest'].weights_digest = lambda file: 'a digest'
threads = int(os.environ['OMP_NUM_THREADS'])
sys.modules[name].environment = lambda device: dict(
    hardware=dict(device='a GPU', cpu='a CPU', threads=threads),
    versions=dict(s2dnet_mmaction='1.2'))

config, flag, folder = (pathlib.Path(word) for word in sys.argv[1:4])
assert str(flag) == '--work-dir' and sys.argv[4] == '--cfg-options'
assert {path.name for path in folder.iterdir()} <= {
    'config.py', 'lock', 'log.txt'}, 'left from another try'
options = dict(word.split('=') for word in sys.argv[5:])
seed = int(options['randomness.seed'])
scope = {}
exec(config.read_text(), scope)
here = pathlib.Path(__file__).parent
with open(here / 'calls.txt', 'a') as calls:
    calls.write(f'{folder.parent.name} {seed}\\n')
start = options.get('load_from') or options.get('model.start')
if start is not None:
    assert f'seed{seed}-' in start
    assert pathlib.Path(start).read_text() == 'weights', start
(folder / 'epoch_1.pth').write_text('half of the wei')
logs = folder / '20200101_000000/vis_data'
logs.mkdir(parents=True)
sleep = here / 'sleep'
if sleep.exists() and f'{folder.parent.name} {seed}' in sleep.read_text():
    (here / 'pid.part').write_text(str(os.getpid()))
    (here / 'pid.part').rename(here / 'pid')
    while sleep.exists():
        time.sleep(0.02)
if scope['error'] == 'exit':
    sys.exit(3)
if scope['error']:
    raise getattr(__import__('builtins'), scope['error'])(
        f'{os.getcwd()}/x.py: got 1')
lines = [
    {'loss': 9.0, 'acc/top1': 0.9, 'iter': 10, 'step': 10},
    {'acc/top1': 0.1, 'step': 1},
    {'loss': 0.5, 'grad_norm': float(scope['norm']), 'iter': 20},
    {'acc/top1': scope['level'] + 0.1 * scope['slope'] * seed,
     'place/corr_t': 0.5, 'step': 2},
    {'memory': 1, 'step': 2},
]
(logs / 'scalars.json').write_text('\\n'.join(map(json.dumps, lines)))
(folder / 'epoch_2.pth').write_text('weights')
(folder / 'last_checkpoint').write_text(
    str((folder / 'epoch_2.pth').resolve()))
"""
BASE = """
level, slope, norm, error = 0.5, 1.0, 1, None
model = dict(neck=dict(type='N', span=(1.0, None)), x=1)
"""


# Its processes start with all that it has imported.
SERVER = multiprocessing.get_context('forkserver')
SERVER.set_forkserver_preload(['run_study'])


def in_checkout(folder):
    """Let a folder stand in for the checkout, whose code takes long to hash.

    Returns:
        the arguments of setattr.
    """
    return [(module, 'ROOT', folder) for module in (run_study, study_plan)]


def run_in_group(*words):
    os.setsid()
    # Tests that run in the background may have been started to ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for change in in_checkout(Path(words[0]).parent):
        setattr(*change)
    sys.exit(run_study.main(words))


class FakeStudy:
    """Write it into a folder, change it, run it.

    Attributes:
        settings: of the study file.
    """

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(ROOT / 'tools/experiments',
                        folder / 'tools/experiments')
        (folder / 'train.py').write_text(TRAIN)
        self.base = folder / 'base.py'
        self.base.write_text(BASE)
        self.settings = dict(
            runs={}, rows=[], seeds=[0], train=str(folder / 'train.py'))
        self.add('stage1', tables=())
        self.add('still', needs='stage1', options=dict(slope=-1.0),
                 tables=['a', 'b'])
        self.add('live', needs='stage1', options=dict(level=0.7),
                 reference='still')

    def add(self, name, tables=('a', ), reference=None, **run):
        """A run with a row of the same name."""
        self.settings['runs'][name] = dict(config=str(self.base), **run)
        self.settings['rows'].append(dict(
            run=name, label=f'row {name}', tables=list(tables),
            reference=reference))

    def change(self, name, **run):
        """Other settings of a run."""
        self.settings['runs'][name].update(run)

    def words(self, *more):
        """Write the study file. Returns the words of the command line."""
        file = self.folder / 'small.py'
        file.write_text('\n'.join(
            f'{key} = {value!r}' for key, value in self.settings.items()))
        return [str(file), '--work-dir', str(self.folder / 'work'), '--out',
                str(self.folder / 'out'), *more]

    def run(self, *more):
        """Run it in this process. Returns its exit code and its numbers."""
        here = os.getcwd()
        try:
            code = run_study.main(self.words(*more))
        finally:
            os.chdir(here)  # Snakemake stays in the work directory
        report = self.folder / 'out.json'
        return code, json.loads(report.read_text()) if report.exists() else {}

    def start(self, call, *more):
        """Run it in a process group of its own, until a training sleeps.

        Args:
            call: run and seed of the training, as in :meth:`calls`, or
                several in one text.

        Returns:
            the process of the runner, and the ID of the training.
        """
        (self.folder / 'sleep').write_text(call)
        process = self.run_beside(*more)
        pid = self.folder / 'pid'
        while not pid.exists():
            assert process.is_alive()
            time.sleep(0.02)
        training = int(pid.read_text())
        pid.unlink()
        return process, training

    def run_beside(self, *more):
        """Run it in a process group of its own. Returns its process."""
        process = SERVER.Process(target=run_in_group, args=self.words(*more))
        process.start()
        return process

    def wake(self):
        """Let the trainings that sleep go on."""
        (self.folder / 'sleep').unlink()

    def calls(self):
        """Run and seed of all trainings that began, in their order."""
        file = self.folder / 'calls.txt'
        return file.read_text().splitlines() if file.exists() else []


def by_run(report):
    """Results of a report by run and seed."""
    return {(result['run'], result['seed']): result
            for result in report['results']}
