"""Studies: order, resuming, failures and the arithmetic of the tables, with
a stand-in for the training."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mmengine.config import Config

from s2dnet_mmaction.analysis import (
    Node,
    Study,
    collect,
    execute,
    read_state,
    study_markdown,
    write_report,
)
from s2dnet_mmaction.analysis.study_processes import locked, start
from tests.support.glints import ROOT

# Logs as mmengine does, without importing it: what it takes is milliseconds.
# The settings of the config say how it behaves.
FAKE = """
import json, os, pathlib, sys, time
config, work_dir = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])
assert sys.argv[2] == '--work-dir'
scope = {}
exec(config.read_text(), scope)
with open('calls.txt', 'a') as calls:
    calls.write(f'{work_dir.parent.name} {work_dir.name}\\n')
if 'sleep' in scope:
    pathlib.Path('part').write_text(str(os.getpid()))
    os.replace('part', 'pid')
    time.sleep(scope['sleep'])
start = scope.get('load_from')
if start is not None:
    assert pathlib.Path(start).is_file(), start
print('    CUDA available:', 'gpu' in scope)
print('    GPU 0,1:', scope.get('gpu'))
if scope.get('fail'):
    print('some words')
    print(f'ValueError: {os.getcwd()}/x.py: got 1, expected 2. Set x=2.')
    print('and more words')
    sys.exit(3)
seed = scope['randomness']['seed']
logs = work_dir / '20200101_000000/vis_data'
logs.mkdir(parents=True)
lines = [
    {'loss': 9.0, 'acc/top1': 0.9, 'iter': 10, 'step': 10},
    {'acc/top1': 0.1, 'step': 1, 'time': 0.2},
    {'loss': 0.5, 'grad_norm': float(scope.get('norm', 1)), 'iter': 20},
    {'acc/top1': scope['level'] + 0.1 * scope['slope'] * seed,
     'acc/synopsis_top1': 0.25, 'place/corr_t': 0.5, 'step': 2,
     'time': 0.2},
    {'memory': 1, 'step': 2},
]
(logs / 'scalars.json').write_text('\\n'.join(map(json.dumps, lines)))
(work_dir / 'epoch_2.pth').write_text('weights')
(work_dir / 'last_checkpoint').write_text(
    str((work_dir / 'epoch_2.pth').resolve()))
"""
RUNS = dict(
    stage1=dict(config='base.py'),
    live=dict(config='base.py', options=dict(level=0.7), needs='stage1'),
    still=dict(
        config='base.py', options=dict(slope=-1.0), needs='stage1'))
ROWS = [
    dict(run='still', label='frozen', tables=['a', 'b']),
    dict(run='live', label='learned', tables=['a'], reference='frozen'),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'fake.py').write_text(FAKE)
    (tmp_path / 'base.py').write_text(
        'level = 0.5\nslope = 1.0\nload_from = None\nfail = False\n'
        'model = dict(neck=dict(type="N", span=(1.0, None)), x=1)\n')
    return tmp_path


def study(folder, runs=RUNS, rows=ROWS, seeds=(0, 1), **options):
    return Study('small', runs, rows, folder, seeds=seeds,
                 train_command=[sys.executable, 'fake.py'], **options)


def changed(**runs):
    """RUNS with other keys in some of them."""
    return {
        name: dict(RUNS.get(name, {}), **runs.get(name, {}))
        for name in {**RUNS, **runs}
    }


def calls(folder):
    file = folder / 'calls.txt'
    return file.read_text().splitlines() if file.exists() else []


def test_plan_shares_what_is_needed_and_trains_it_first(folder):
    plan = [str(node) for node in study(folder).plan()]
    assert plan == [
        'stage1 seed 0', 'still seed 0', 'live seed 0', 'stage1 seed 1',
        'still seed 1', 'live seed 1'
    ]


def test_plan_of_some_rows_and_seeds(folder):
    small = study(folder, changed(stage1=dict(seeds=1)))
    rows = small.select(['learned'])
    assert small.plan(rows, [1]) == [Node('stage1', 0), Node('live', 1)]
    assert [row.label for row in small.select(['b', 'still'])] == ['frozen']
    one = study(folder, rows=[dict(ROWS[0], seeds=1), ROWS[1]])
    assert Node('still', 1) not in one.plan()


@pytest.mark.parametrize('jobs', [1, 2])
def test_every_run_once(folder, jobs):
    lines = []
    small = study(folder)
    assert execute(small, jobs=jobs, say=lines.append)
    done = calls(folder)
    assert len(done) == len(set(done)) == 6
    for seed in ('seed0', 'seed1'):
        for run in ('live', 'still'):
            assert done.index(f'stage1 {seed}') < done.index(f'{run} {seed}')
    assert lines[-1].startswith('[6/6] ') and ' top1 0.' in lines[-1]
    state = read_state(small, Node('live', 1))
    assert state['status'] == 'done'
    assert state['nonfinite'] == 0
    assert state['checkpoint'] == 'epoch_2.pth'
    assert state['scalars']['acc/top1'] == pytest.approx(0.8)
    assert state['hardware']['jobs'] == jobs
    cfg = Config.fromfile(small.folder(Node('live', 1)) / 'config.py')
    assert cfg.load_from == 'work_dirs/small/stage1/seed1/epoch_2.pth'

    assert execute(small, say=lines.append)
    assert calls(folder) == done
    assert lines[-1] == 'All 6 runs are there.'


def test_resume_after_a_stop(folder):
    small = study(folder, seeds=(0, ))
    execute(small)
    left = small.folder(Node('live', 0))
    (left / 'result.json').unlink()  # as if stopped just before its end
    (left / 'best_old.pth').write_text('')
    execute(study(folder, seeds=(0, )))
    assert calls(folder)[3:] == ['live seed0']
    assert not (left / 'best_old.pth').exists()


def test_changed_config_trains_again_with_what_needs_it(folder):
    execute(study(folder, seeds=(0, )))
    lines = []
    execute(study(folder, changed(live=dict(options=dict(level=0.6))),
                  seeds=(0, )), say=lines.append)
    assert calls(folder)[3:] == ['live seed0']
    assert ('live seed 0: its config or data have changed, training again'
            in lines)
    (folder / 'base.py').write_text(
        (folder / 'base.py').read_text() + 'more = 1\n')
    execute(study(folder, seeds=(0, )))
    assert sorted(calls(folder)[4:]) == [
        'live seed0', 'stage1 seed0', 'still seed0']
    assert calls(folder)[4] == 'stage1 seed0'


def test_changed_run_is_kept_until_its_successor_is_done(folder):
    execute(study(folder, seeds=(0, )))
    for options in (dict(fail=True), dict(fail=True, level=0.6)):
        small = study(folder, changed(live=dict(options=options)), seeds=(0, ))
        assert not execute(small)
        new = small.folder(Node('live', 0))
        assert (new.with_name('seed0.old') / 'result.json').is_file()
        assert (new.with_name('seed0.old') / 'epoch_2.pth').is_file()
        assert not (new / 'result.json').exists()
    execute(study(folder, changed(live=dict(options=dict(level=0.6))),
                  seeds=(0, )))
    assert [path.name for path in new.parent.iterdir()] == ['seed0']


def test_config_edited_while_the_study_runs(folder):
    """What trains is what the digest stands for."""

    def edit(line):
        (folder / 'base.py').write_text('level = slope = 0.0\n')

    small = study(folder, seeds=(0, ))
    assert execute(small, jobs=1, say=edit)
    assert collect(small)[1]['accuracy']['mean'] == pytest.approx(70)
    assert read_state(
        study(folder, seeds=(0, )), Node('live', 0))['status'] == 'changed'


def test_deleted_checkpoint_is_made_again(folder):
    execute(study(folder, seeds=(0, )))
    small = study(folder, changed(live=dict(options=dict(level=0.6))),
                  seeds=(0, ))
    (small.folder(Node('stage1', 0)) / 'epoch_2.pth').unlink()
    assert execute(small)
    assert calls(folder)[3:] == ['stage1 seed0', 'live seed0']


def test_failure_skips_what_needs_it_and_the_rest_goes_on(folder):
    runs = changed(
        stage1=dict(options=dict(fail=True)), other=dict(config='base.py'))
    rows = [*ROWS, dict(run='other', label='other', tables=['b'])]
    lines = []
    small = study(folder, runs, rows, seeds=(0, ))
    assert not execute(small, say=lines.append)
    assert sorted(calls(folder)) == ['other seed0', 'stage1 seed0']
    assert sum('skipped: stage1 seed 0 failed' in line
               for line in lines) == 2
    state = read_state(small, Node('stage1', 0))
    assert (state['status'], state['code']) == ('failed', 3)
    # neither the words behind it nor the path of this machine
    assert state['error'] == 'ValueError: x.py: got 1, expected 2. Set x=2.'
    assert state['log'][-1] == 'and more words'
    execute(small)
    assert sorted(calls(folder)) == [
        'other seed0', 'stage1 seed0', 'stage1 seed0']
    execute(study(folder, seeds=(0, )))  # cured
    assert read_state(study(folder), Node('live', 0))['status'] == 'done'


def test_expected_failure(folder):
    runs = changed(broken=dict(config='base.py', options=dict(fail=True)))
    rows = [*ROWS, dict(run='broken', label='as is', tables=['b'],
                        may_fail='ValueError')]
    small = study(folder, runs, rows, seeds=(0, ))
    assert execute(small)
    count = len(calls(folder))
    assert execute(small)
    assert len(calls(folder)) == count  # an expected end is a result
    text = study_markdown(small, collect(small))
    assert '- as is, seed 0: ends, as expected, with `ValueError' in text
    assert ' error |' in text


@pytest.mark.parametrize('key', ['may_fail', 'must_fail'])
def test_another_error_is_a_failure(folder, key):
    runs = changed(broken=dict(config='base.py', options=dict(fail=True)))
    rows = [dict(run='broken', label='as is', tables=['b'],
                 **{key: 'FloatingPointError'})]
    lines = []
    small = study(folder, runs, rows, seeds=(0, ))
    assert not execute(small, say=lines.append)
    assert '] broken seed 0 FAILED after' in lines[-1]
    assert not execute(small)
    assert len(calls(folder)) == 2  # tried again
    assert 'seed 0: ended with `V' in study_markdown(small, collect(small))


def test_a_good_end_that_was_not_expected(folder):
    rows = [dict(run='live', label='as is', tables=['b'],
                 must_fail='ValueError')]
    small = study(folder, rows=rows, seeds=(0, ))
    words = 'ended well, NOT with the expected ValueError'
    for count in (2, 2):  # it is not trained again, it is said again
        lines = []
        assert not execute(small, say=lines.append)
        assert words in ''.join(lines)
        assert len(calls(folder)) == count
    text = study_markdown(small, collect(small))
    assert '- as is, seed 0: ended well, NOT with `ValueError`.' in text
    runs = changed(live=dict(options=dict(fail=True)))
    assert execute(study(folder, runs, rows, seeds=(0, )))


def test_numbers_that_are_not_finite(folder):
    runs = changed(stage1=dict(options=dict(norm='inf')))
    small = study(folder, runs, seeds=(0, ))
    lines = []
    assert not execute(small, say=lines.append)
    assert '1 of the logged numbers are not finite' in lines[0]
    assert read_state(small, Node('stage1', 0))['status'] == 'failed'
    assert calls(folder) == ['stage1 seed0']


def test_no_checkpoint(folder):
    (folder / 'fake.py').write_text(
        FAKE.replace("(work_dir / 'last_checkpoint').write_text(", 'print('))
    lines = []
    assert not execute(study(folder, seeds=(0, )), say=lines.append)
    assert sum('left no checkpoint' in line for line in lines) == 2


def test_arithmetic(folder):
    """still: 50, 40, 30; live: 70, 80, 90."""
    small = study(folder, seeds=(0, 1, 2))
    execute(small)
    still, live = collect(small)
    assert still['accuracy'] == pytest.approx(
        dict(n=3, mean=40, std=10, min=30, max=50))
    assert live['difference'] == pytest.approx(
        dict(n=3, mean=40, std=20, min=20, max=60))
    assert still['difference'] is None
    text = study_markdown(small, [still, live])
    assert '40.0 ± 10.0' in text
    assert '+40.0 (+20.0..+60.0)' in text
    assert 'learned: difference to frozen.' in text
    assert 'missing' not in text
    assert text.index('## a') < text.index('## b')
    assert text.count('frozen ') == 2  # one line in each table
    assert 'corr t' in text and 'corr y' not in text


def test_device_is_that_of_the_run(folder):
    small = study(folder, changed(live=dict(options=dict(gpu='H 200'))),
                  seeds=(0, ))
    execute(small, jobs=4096)
    hardware = read_state(small, Node('live', 0))['hardware']
    assert hardware['device'] == 'H 200'
    assert read_state(small, Node('still', 0))['hardware'][
        'device'] == hardware['cpu']
    text = study_markdown(small, collect(small))
    assert f'Trained on H 200 with {hardware["cpu"]}, 4096 at a time' in text
    assert 'with 1 thread each.' in text


def git(folder, *arguments):
    subprocess.run(
        ['git', '-c', 'user.name=a', '-c', 'user.email=a@b', *arguments],
        cwd=folder, check=True, capture_output=True)


def test_code_of_the_runs(folder):
    small = study(folder, seeds=(0, ))
    execute(small, small.plan(small.select(['frozen'])))
    file = small.folder(Node('still', 0)) / 'result.json'
    record = json.loads(file.read_text())
    assert record['source'] == dict(commit=None, dirty=False)
    del record['source']  # as older versions wrote it
    file.write_text(json.dumps(record))
    digest = small.digest(Node('live', 0))

    git(folder, 'init')
    git(folder, 'add', 'fake.py')
    git(folder, 'commit', '-m', 'one')
    (folder / 'fake.py').write_text(FAKE + '\n')
    small = study(folder, seeds=(0, ))
    assert small.digest(Node('live', 0)) == digest
    execute(small)
    assert len(calls(folder)) == 3  # the old one stays
    source = read_state(small, Node('live', 0))['source']
    assert len(source['commit']) == 40 and source['dirty']
    text = study_markdown(small, collect(small))
    assert 'The rows are from different code' in text
    assert 'at an unknown commit (still); ' in text
    assert f'at commit {source["commit"][:10]} with changes (live)' in text


def test_difference_pairs_the_seeds(folder):
    small = study(folder, rows=[dict(ROWS[0], seeds=1), ROWS[1]])
    execute(small)
    live = collect(small)[1]
    assert live['accuracy']['n'] == 2
    assert live['difference'] == pytest.approx(
        dict(n=1, mean=20, std=None, min=20, max=20), nan_ok=True)


def test_partial_report(folder):
    small = study(folder, ceiling=0.25)
    execute(small, small.plan(small.select(['frozen']), [0]))
    count = len(calls(folder))
    text = write_report(small, str(folder / 'out' / 'small'), 'command')
    assert len(calls(folder)) == count
    assert '- frozen, seed 1: missing, not trained.' in text
    assert '- learned, seeds 0, 1: missing, not trained.' in text
    assert (folder / 'out/small.png').stat().st_size > 0
    assert (folder / 'out/small.md').read_text() == text
    numbers = (folder / 'out/small.json').read_text()
    assert str(folder) not in numbers + text
    rows = json.loads(numbers)['rows']
    assert rows[0]['seeds']['0']['scalars'] == {
        'acc/top1': 0.5, 'acc/synopsis_top1': 0.25, 'place/corr_t': 0.5}
    write_report(small, str(folder / 'out' / 'again'), 'command')
    assert (folder / 'out/again.json').read_text() == numbers

    stale = study(folder, changed(still=dict(options=dict(level=0.1))))
    text = study_markdown(stale, collect(stale))
    assert 'frozen, seed 0: missing, trained with another config.' in text


VALUES = {
    'model.neck': dict(_delete_=True, type='M', nested=dict(a=(1, ), b={})),
    'model.rate': 1e-3,
    'model.none': None,
    'model.deep.er': ((1.0, None), 'x"y\'z', [1, (2, 3)], True),
    'custom_hooks': [dict(type='H', every=2), dict(type='I', c=dict(d=()))],
    'names': {'a-b': 1, 'c.d': dict(e=2)},
}


def test_options_arrive_unchanged(folder):
    file = folder / 'study.py'
    file.write_text(
        f'runs = dict(one=dict(config="base.py", options={VALUES!r}))\n'
        'rows = [dict(run="one", label="one", tables=["t"])]\n'
        'seeds = [3]\n')
    small = Study.from_file(
        file, folder, train_command=[sys.executable, 'fake.py'],
        options={'model.x': 2e-5})
    assert small.work_dir == folder / 'work_dirs/study'
    assert execute(small)
    cfg = Config.fromfile(
        folder / 'work_dirs/study/one/seed3/config.py').to_dict()
    assert cfg['randomness'] == dict(seed=3)
    model = cfg['model']
    assert model['neck'] == dict(type='M', nested=dict(a=(1, ), b={}))
    assert (model['rate'], model['none'], model['x']) == (1e-3, None, 2e-5)
    assert model['deep']['er'] == VALUES['model.deep.er']
    assert cfg['custom_hooks'] == VALUES['custom_hooks']
    assert cfg['names'] == VALUES['names']


def test_option_without_a_text(folder):
    runs = changed(live=dict(options=dict(level=math.inf)))
    with pytest.raises(ValueError, match='Leave inf, nan'):
        execute(study(folder, runs))
    assert calls(folder) == []  # before anything starts


def test_checkpoint_option(folder):
    runs = changed(live=dict(checkpoint_option='model.init_cfg'))
    small = study(folder, runs, seeds=(0, ))
    execute(small)
    cfg = Config.fromfile(small.folder(Node('live', 0)) / 'config.py')
    assert cfg.load_from is None
    assert cfg.model.init_cfg.endswith('stage1/seed0/epoch_2.pth')


@pytest.mark.parametrize('runs, rows, match', [
    (changed(stage1=dict(needs='live')), ROWS, 'no cycle'),
    (changed(live=dict(needs='no')), ROWS, r"runs\['live'\].needs.*'no'"),
    (changed(live=dict(config='no.py')), ROWS, 'no.py, expected a file'),
    (changed(live=dict(option={})), ROWS, "got 'option'"),
    (changed(live=dict(seeds=0)), ROWS, 'seeds'),
    (RUNS, [dict(ROWS[0], run='no')], r"rows\[0\].run: got 'no'"),
    (RUNS, [dict(ROWS[0], reference='no')], "'frozen': got 'no'"),
    (RUNS, [dict(ROWS[0], may_fail=True)], 'may_fail: got True'),
    (RUNS, [dict(ROWS[0], must_fail='')], 'the name of an error'),
    (RUNS, [dict(ROWS[0], tables='a')], 'a list of names'),
    (RUNS, [dict(run='live', tables=['a'])], 'no label'),
    (RUNS, [ROWS[0], dict(ROWS[1], label='frozen')], 'more than once'),
])
def test_unsound_studies(folder, runs, rows, match):
    with pytest.raises(ValueError, match=match):
        study(folder, runs, rows)


def test_unknown_row(folder):
    with pytest.raises(ValueError, match="--rows: got 'no'"):
        study(folder).select(['no'])


def test_prepare(folder):
    write = 'open("data.txt", "a").write("x")'
    step = dict(command=['python', '-c', write], creates='data.txt')
    small = study(folder, seeds=(0, ), prepare=[step])
    execute(small)
    (small.folder(Node('live', 0)) / 'result.json').unlink()
    execute(small)
    assert (folder / 'data.txt').read_text() == 'xx'
    execute(small)  # nothing to train
    assert (folder / 'data.txt').read_text() == 'xx'
    bad = study(folder, seeds=(5, ), prepare=[dict(step, creates='no.txt')])
    with pytest.raises(RuntimeError, match='exit code 0, no output'):
        execute(bad)


@pytest.mark.parametrize('wish', [None, 'glibc.malloc.check=0'])
def test_environment_of_a_training(tmp_path, monkeypatch, wish):
    monkeypatch.delenv('GLIBC_TUNABLES', raising=False)
    if wish is not None:
        monkeypatch.setenv('GLIBC_TUNABLES', wish)
    code = ('import os; print(os.environ["OMP_NUM_THREADS"], '
            'os.environ["GLIBC_TUNABLES"], os.environ["PYTHONPATH"])')
    with locked(tmp_path / 'lock') as lock:
        start([sys.executable, '-c', code], tmp_path, tmp_path / 'log', 3,
              lock).wait()
    threads, tunables, paths = (tmp_path / 'log').read_text().split()
    assert threads == '3' and paths.startswith(str(tmp_path))
    assert tunables == wish if wish else 'hugetlb=1' in tunables


def test_other_data_are_trained_on_again(folder):
    data = folder / 'data.txt'
    step = dict(
        command=['python', '-c', 'import os; open("data.txt", "w").write('
                 'open("wanted.txt").read())'], creates='data.txt')
    (folder / 'wanted.txt').write_text('old')
    node = Node('live', 0)
    options = dict(seeds=(0, ), prepare=[step], inputs=['data.txt'])
    execute(study(folder, **options))
    assert read_state(study(folder, **options), node)['status'] == 'done'
    data.write_text('new')
    assert read_state(study(folder, **options), node)['status'] == 'changed'
    data.unlink()  # to make room: nobody knows better
    assert read_state(study(folder, **options), node)['status'] == 'done'
    # One is missing, and what it needs brings other data for all.
    (folder / 'wanted.txt').write_text('new')
    (study(folder).folder(node) / 'result.json').unlink()
    before = len(calls(folder))
    assert execute(study(folder, **options))
    assert sorted(calls(folder)[before:]) == [
        'live seed0', 'stage1 seed0', 'still seed0'
    ]
    with pytest.raises(ValueError, match='inputs'):
        study(folder, inputs='data.txt')


def test_foreign_folder_is_left_alone(folder):
    foreign = folder / 'work_dirs/small/stage1/seed0'
    foreign.mkdir(parents=True)
    (foreign / 'precious.pth').write_text('')
    with pytest.raises(ValueError, match='not from a study'):
        execute(study(folder))
    assert (foreign / 'precious.pth').exists()


def test_interrupt_ends_the_children(folder):
    def interrupt(line):
        raise KeyboardInterrupt

    runs = dict(fast=dict(config='base.py'), slow=dict(
        config='base.py', options=dict(sleep=60)))
    rows = [dict(run=run, label=run, tables=['t']) for run in runs]
    small = study(folder, runs, rows, seeds=(0, ))
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        execute(small, jobs=2, say=interrupt)
    assert time.monotonic() - start < 10
    assert read_state(small, Node('fast', 0))['status'] == 'done'
    assert read_state(small, Node('slow', 0))['status'] == 'open'


SLOW = dict(slow=dict(config='base.py', options=dict(sleep=60)))
DRIVER = """
import sys
from pathlib import Path
from s2dnet_mmaction.analysis import Study, execute
execute(Study('small', {runs}, [dict(run='slow', label='slow', tables=['t'])],
              Path.cwd(), seeds=[0],
              train_command=[sys.executable, 'fake.py']))
"""


def pid_of(file):
    """What a child wrote, once it is there."""
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(file.read_text())


def is_alive(pid):
    """Whether a process runs; one that nobody waits for does not."""
    stat = Path(f'/proc/{pid}/stat')
    return stat.exists() and stat.read_text().rsplit(')')[-1].split()[0] != 'Z'


def test_training_that_outlives_its_study_keeps_the_lock(folder):
    process = subprocess.Popen(
        [sys.executable, '-c', DRIVER.format(runs=SLOW)], cwd=folder,
        env=dict(os.environ, PYTHONPATH=str(ROOT), PYTHONWARNINGS='ignore'))
    orphan = pid_of(folder / 'pid')
    process.kill()
    process.wait()
    small = study(folder, rows=[ROWS[0]], seeds=(0, ))
    assert is_alive(orphan)
    with pytest.raises(RuntimeError, match='a training that outlived its'):
        execute(small)
    os.kill(orphan, signal.SIGKILL)
    while is_alive(orphan):
        time.sleep(0.05)
    assert execute(small)


def tool(*arguments):
    process = start_tool(*arguments)
    out, err = process.communicate()
    return subprocess.CompletedProcess((), process.returncode, out, err)


def start_tool(*arguments):
    return subprocess.Popen(
        [sys.executable, ROOT / 'tools/experiments/run_study.py',
         *map(str, arguments)],
        env=dict(os.environ, PYTHONPATH=str(ROOT), PYTHONWARNINGS='ignore'),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def study_file(folder, more=''):
    """A study of one real run, that nobody trains."""
    file = folder / 'tiny.py'
    config = next(
        (ROOT / 'configs/recognition/s2dnet').glob('*glints-rgb.py'))
    file.write_text(
        f'runs = dict(one=dict(config={str(config.relative_to(ROOT))!r}))\n'
        'rows = [dict(run="one", label="one", tables=["t"])]\n'
        f'seeds = [0]\n{more}')
    return file


def test_tool(tmp_path):
    """A plan and a report; the training itself is test_tools' business."""
    file = study_file(tmp_path)
    work = ('--work-dir', tmp_path / 'work')
    done = tool(file, *work, '--dry-run', '--seeds', '0', '4')
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == [
        'open    one seed 0', 'open    one seed 4']
    done = tool(file, *work, '--report-only', '--out', tmp_path / 'tiny')
    assert done.returncode == 0, done.stderr
    text = Path(tmp_path, 'tiny.md').read_text()
    assert 'run_study.py tiny.py\n' in text
    assert 'Nothing is trained yet.' in text
    assert str(tmp_path) not in text
    done = tool(file, *work, '--report-only', '--out', tmp_path / 'tiny',
                '--cfg-options', 'a.b=[1,x]', '--seeds', '0', '--rows', 'one',
                't', '--jobs', '3')
    assert done.returncode == 0, done.stderr
    assert ("run_study.py tiny.py --rows one t --seeds 0 --jobs 3 --work-dir "
            "work --out tiny --cfg-options 'a.b=[1, '\"'\"'x'\"'\"']'"
            ) in done.stdout
    done = tool(file, '--dry-run', '--seeds', '-1')
    assert '--seeds: got -1' in done.stderr
    done = tool(file, '--report-only', '--cfg-options', 'a.b=1')
    assert done.returncode == 2
    assert 'expected both' in done.stderr


def test_end_of_a_terminal_ends_the_preparation(tmp_path):
    script = ('import os, time; from pathlib import Path; '
              f'part, pid = (Path({str(tmp_path)!r}, n) for n in ("p", "pid"))'
              '; os.fork(); part.write_text(str(os.getpid())); '
              'part.rename(pid); time.sleep(60)')
    file = study_file(tmp_path, f'prepare = [dict(command=["python", "-c", '
                      f'{script!r}], creates="no.txt")]\n')
    process = start_tool(file, '--work-dir', tmp_path / 'work')
    pid = pid_of(tmp_path / 'pid')
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert 'goes on from here' in out
    assert not is_alive(pid)
