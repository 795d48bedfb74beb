"""Studies from the command line, with a stand-in for the training."""

import json
import os
import platform
import signal
import subprocess
import sys
import time

import pytest
import run_study
from mmengine.config import Config
from weights_digest import weights_digest

from tests.support import small_runs
from tests.support.command_line import call_tool
from tests.support.fake_study import by_run


@pytest.mark.parametrize('jobs', ['1', '3'])
def test_every_run_once(study, jobs):
    study.settings['seeds'] = [0, 1]
    code, report = study.run('--jobs', jobs)
    assert code == 0
    calls = study.calls()
    assert len(calls) == len(set(calls)) == 6
    for seed in '01':
        for run in ('live', 'still'):
            assert calls.index(f'stage1 {seed}') < calls.index(f'{run} {seed}')
    results = by_run(report)
    assert results['live', 1]['status'] == 'done'
    assert results['live', 1]['scalars']['acc/top1'] == pytest.approx(0.8)
    assert results['live', 1]['hardware']['threads'] == 1
    assert results['live', 1]['jobs'] == int(jobs)

    assert study.run() == (0, report)
    assert study.calls() == calls


def test_no_more_at_a_time_than_jobs(study):
    """Snakemake 9.10 to 9.16 start more (its issue 3913)."""
    study.settings['seeds'] = [0, 1]
    process, _ = study.start('live 1, still 1', '--jobs', '1')
    process.join(2)  # time for the other one, which should not begin
    assert len(study.calls()) == 5
    study.wake()
    process.join()
    assert process.exitcode == 0 and len(study.calls()) == 6


def test_first_seed_comes_first(study):
    study.settings['seeds'] = [0, 1]
    study.run('--jobs', '1')
    assert [call[-1] for call in study.calls()] == list('000111')


@pytest.mark.parametrize('rows', ['live', 'row live'])
def test_rows_and_seeds(study, rows):
    study.settings['seeds'] = [0, 1, 2]
    _, report = study.run('--rows', rows, '--seeds', '2')
    assert study.calls() == ['stage1 2', 'live 2']
    assert by_run(report)['live', 0]['status'] == 'missing'
    study.run('--rows', 'b', '--seeds', '7')
    assert study.calls()[2:] == ['stage1 7', 'still 7']
    with pytest.raises(ValueError, match="--rows: got 'no'"):
        study.run('--rows', 'no')


def test_settings_of_a_seed_reach_the_training(study):
    file = study.folder / 'seed0-weights'
    study.settings['seed_options'] = [
        f'model.start={study.folder}/seed{{seed}}-weights']
    assert study.run('--rows', 'stage1')[0] != 0  # there is no such file
    file.write_text('weights')
    code, report = study.run('--rows', 'stage1')
    assert code == 0
    assert by_run(report)['stage1', 0]['status'] == 'done'


def test_changed_config_trains_again_with_children(study):
    study.run()
    study.change('live', options=dict(level=0.6))
    _, report = study.run()
    assert study.calls()[3:] == ['live 0']
    assert by_run(report)['live', 0]['scalars']['acc/top1'] == 0.6
    study.base.write_text(study.base.read_text() + 'more = 1\n')
    study.run()
    assert sorted(study.calls()[4:]) == ['live 0', 'stage1 0', 'still 0']
    assert study.calls()[4] == 'stage1 0'


def test_former_settings_have_their_results_still(study):
    study.run()
    study.change('live', options=dict(level=0.6, error='ValueError'))
    assert study.run()[0] == 1
    study.change('live', options=dict(level=0.7))
    calls = study.calls()
    assert study.run()[0] == 0
    assert study.calls() == calls


def test_changed_code_trains_again(study):
    study.run()
    script = study.folder / 'train.py'
    script.write_text(script.read_text() + 'faster = True\n')
    study.run()
    assert sorted(study.calls()[3:]) == ['live 0', 'stage1 0', 'still 0']


def test_code_that_changes_while_the_study_runs(study):
    """Running trainings are of the planned code; no other one starts."""
    study.settings['seeds'] = [0, 1]
    process, _ = study.start('stage1 0', '--jobs', '1', '--rows', 'stage1')
    script = study.folder / 'train.py'
    script.write_text(script.read_text() + 'faster = True\n')
    study.wake()
    process.join()
    assert process.exitcode == 1
    assert study.calls() == ['stage1 0']
    results = by_run(json.loads((study.folder / 'out.json').read_text()))
    assert results['stage1', 0]['status'] == 'done'
    assert results['stage1', 1]['status'] == 'failed'
    assert results['stage1', 1]['error'] == (
        'RuntimeError: the code changed since the study started; run the '
        'command again')
    assert study.run('--rows', 'stage1')[0] == 0
    assert sorted(study.calls()[1:]) == ['stage1 0', 'stage1 1']


def test_commit_of_a_result_is_that_when_its_training_began(study):
    def commit():
        git = ['git', '-C', study.folder, '-c', 'user.name=A', '-c',
               'user.email=a@b']
        subprocess.run([*git, 'init', '-q'], check=True)
        subprocess.run([*git, 'commit', '-q', '--allow-empty', '-m', 'words'],
                       check=True)
        return subprocess.run([*git, 'rev-parse', 'HEAD'], text=True,
                              capture_output=True).stdout.strip()

    first = commit()
    process, _ = study.start('stage1 0')
    second = commit()
    study.wake()
    process.join()
    results = by_run(json.loads((study.folder / 'out.json').read_text()))
    assert results['stage1', 0]['commit'] == first
    assert results['live', 0]['commit'] == second


def test_changed_data_train_again(study):
    """Data that the preparation changes count, too."""
    data, version = study.folder / 'data.txt', study.folder / 'version.txt'
    version.write_text('1')
    study.settings.update(inputs=[str(data)], prepare=[[
        sys.executable, '-c', f'open({str(data)!r}, "w").write('
        f'open({str(version)!r}).read())']])
    study.run()
    data.write_text('2')
    version.write_text('2')
    study.run('--rows', 'still')
    assert study.calls()[3:] == ['stage1 0', 'still 0']
    data.unlink()
    study.run()
    assert study.calls()[5:] == ['live 0']


def test_deleted_data_train_nothing_again(study):
    data = study.folder / 'data.txt'
    study.settings.update(inputs=[str(data)], prepare=[[
        sys.executable, '-c', f'open({str(data)!r}, "w").write("1")']])
    study.add('first')
    study.settings['rows'].reverse()
    study.run('--rows', 'live')
    data.unlink()
    for words in (['--rows', 'live'], ['--report-only']):
        code, report = study.run(*words)
        assert code == 0
        assert by_run(report)['live', 0]['status'] == 'done'
    assert study.calls() == ['stage1 0', 'live 0']
    assert not data.exists()
    study.run()
    assert sorted(study.calls()[2:]) == ['first 0', 'still 0']


def test_mistyped_input(study):
    study.settings['inputs'] = ['data/typo.json']
    with pytest.raises(FileNotFoundError, match=(
            'inputs: got data/typo.json, which does not exist, expected a '
            'file that is there after prepare. ')):
        study.run()
    assert study.calls() == []


def test_preparation_runs_if_something_is_to_be_trained(study):
    log = study.folder / 'log'
    study.settings['prepare'] = [[
        sys.executable, '-c', f'open({str(log)!r}, "a").write("x")']]
    study.run('--report-only')
    assert not log.exists()
    study.run()
    study.run()
    assert log.read_text() == 'x'
    study.settings['prepare'] = [[sys.executable, '-c', 'exit(3)']]
    study.change('live', options={})
    with pytest.raises(subprocess.CalledProcessError):
        study.run()
    assert len(study.calls()) == 3


def test_failure_skips_children_and_the_rest_goes_on(study):
    study.change('stage1', options=dict(error='ValueError'))
    study.add('other')
    code, report = study.run()
    assert code == 1
    assert sorted(study.calls()) == ['other 0', 'stage1 0']
    results = by_run(report)
    assert results['live', 0]['status'] == 'skipped'
    assert 'stage1' in results['live', 0]['error']
    text = (study.folder / 'out.md').read_text()
    assert '- row live, seed 0: skipped' in text
    assert study.run()[0] == 1
    assert sorted(study.calls()) == ['other 0', 'stage1 0', 'stage1 0']


@pytest.mark.parametrize('key', ['may_fail', 'must_fail'])
def test_expected_failure_is_a_result(study, key):
    study.add('broken', options=dict(error='FloatingPointError'),
              **{key: 'FloatingPointError'})
    study.add('child', needs='broken')
    code, report = study.run()
    assert code == 0
    results = by_run(report)
    assert results['broken', 0]['error'] == 'FloatingPointError: x.py: got 1'
    assert results['child', 0]['status'] == 'skipped'
    text = (study.folder / 'out.md').read_text()
    assert '- row broken, seed 0: failed as expected, `FloatingP' in text
    calls = study.calls()
    assert study.run()[0] == 0
    assert study.calls() == calls


@pytest.mark.parametrize('run', [
    dict(options=dict(error='ValueError'), may_fail='FloatingPointError'),
    dict(options=dict(error='ValueError'), must_fail='FloatingPointError'),
    dict(options=dict(error='exit')),
    dict(options=dict(norm='nan')),
    dict(options=dict(norm='inf')),
    dict(must_fail='FloatingPointError'),
])
def test_another_end_is_a_failure(study, run):
    study.add('broken', **run)
    code, report = study.run('--rows', 'broken')
    assert code == 1
    assert by_run(report)['broken', 0]['status'] == 'failed'
    assert 'scalars' not in by_run(report)['broken', 0]


def test_killed_training_has_no_result(study):
    """Also where an error is expected."""
    (study.folder / 'train.py').write_text(
        'import os; print("ValueError: x", flush=True); os.kill('
        'os.getpid(), 9)')
    study.add('broken', may_fail='ValueError')
    code, report = study.run('--rows', 'broken')
    assert code == 1
    assert by_run(report)['broken', 0]['status'] == 'missing'


def test_killed_twice_and_resumed(study):
    """What is done stays. Half of a training counts as none."""
    study.settings['seeds'] = [0, 1]
    for call in ('stage1 0', 'live 1'):
        process, _ = study.start(call, '--jobs', '1')
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
    study.wake()
    code, report = study.run()
    assert code == 0
    assert sorted(study.calls()) == [
        'live 0', 'live 1', 'live 1', 'stage1 0', 'stage1 0', 'stage1 1',
        'still 0', 'still 1']
    assert {key: result['scalars']['acc/top1']
            for key, result in by_run(report).items()} == pytest.approx({
                ('stage1', 0): 0.5, ('stage1', 1): 0.6, ('live', 0): 0.7,
                ('live', 1): 0.8, ('still', 0): 0.5, ('still', 1): 0.4})


def test_training_that_outlives_a_killed_call_is_waited_for(study):
    process, training = study.start('stage1 0')
    process.kill()
    process.join()
    os.kill(training, 0)  # it runs
    again = study.run_beside()
    again.join(3)
    assert again.is_alive() and study.calls() == ['stage1 0']
    study.wake()
    again.join()
    assert again.exitcode == 0
    assert sorted(study.calls()) == ['live 0', 'stage1 0', 'still 0']


def test_training_that_ends_after_a_killed_call_is_done(study):
    process, training = study.start('stage1 0')
    process.kill()
    process.join()
    study.wake()
    results = study.folder / 'work'
    while not list(results.glob('stage1/*/result.json')):
        time.sleep(0.02)
    assert study.run()[0] == 0
    assert sorted(study.calls()) == ['live 0', 'stage1 0', 'still 0']


def test_two_calls_at_a_time_train_once(study):
    process, _ = study.start('stage1 0')
    again = study.run_beside()
    again.join(3)
    study.wake()
    for each in (process, again):
        each.join()
        assert each.exitcode == 0
    assert sorted(study.calls()) == ['live 0', 'stage1 0', 'still 0']


def test_result_of_a_call_beside_is_kept(study):
    """Also if the other call has planned to train the same run later."""
    study.settings['seeds'] = [0, 1]
    process, _ = study.start('stage1 0', '--jobs', '1')
    study.run('--rows', 'still', '--seeds', '1')
    assert study.calls() == ['stage1 0', 'stage1 1', 'still 1']
    study.wake()
    process.join()
    assert process.exitcode == 0
    assert sorted(study.calls()) == [
        'live 0', 'live 1', 'stage1 0', 'stage1 1', 'still 0', 'still 1']


def test_call_beside_with_other_settings(study):
    process, _ = study.start('stage1 0', '--jobs', '1')
    study.change('live', options=dict(level=0.2))
    study.run('--rows', 'live', '--seeds', '7')
    study.wake()
    process.join()
    assert process.exitcode == 0
    assert sorted(study.calls()) == [
        'live 0', 'live 7', 'stage1 0', 'stage1 7', 'still 0']


def test_interrupt_ends_the_trainings(study):
    process, training = study.start('live 0')
    os.killpg(process.pid, signal.SIGINT)
    process.join(60)
    assert process.exitcode  # neither None, still at work, nor 0
    with pytest.raises(ProcessLookupError):
        os.kill(training, 0)
    study.wake()
    assert study.run()[0] == 0
    calls = study.calls()
    assert calls.count('stage1 0') == 1 and calls.count('live 0') == 2


def test_dry_run_writes_nothing(study, capfd):
    def files():
        return {file: file.stat().st_mtime_ns
                for file in study.folder.rglob('*')
                if file.name not in ('small.py', '__pycache__')}

    before = files()
    assert study.run('--dry-run') == (0, {})
    lines = capfd.readouterr().out.split()
    assert [line.rpartition('-')[0] for line in lines] == [
        'stage1/seed0', 'still/seed0', 'live/seed0']
    assert files() == before
    study.run('--rows', 'live')
    capfd.readouterr()
    before = files()
    study.run('--rows', 'live', '--dry-run')
    assert capfd.readouterr().out == ''
    study.run('--rows', 'still', '--dry-run')
    assert capfd.readouterr().out.startswith('still/seed0-')
    assert files() == before


def test_report_only_trains_nothing(study):
    code, report = study.run('--report-only')
    assert code == 0 and study.calls() == []
    assert {result['status'] for result in report['results']} == {'missing'}
    assert (study.folder / 'out.png').stat().st_size > 0


def test_without_snakemake(planned_study, monkeypatch):
    """As with Python 3.9 and 3.10: it stops before it writes the data."""
    log = planned_study.folder / 'log'
    planned_study.settings['prepare'] = [['touch', str(log)]]
    monkeypatch.setitem(sys.modules, 'snakemake', None)
    monkeypatch.setattr(platform, 'python_version', lambda: '3.10.13')
    with pytest.raises(ModuleNotFoundError, match=(
            'snakemake: got none for Python 3.10.13, expected Snakemake 9, '
            r"which needs Python 3.11 or newer\. Run pip install -e '.\[s")):
        planned_study.run()
    assert not log.exists()
    code, report = planned_study.run('--report-only')
    assert code == 0
    assert {result['status'] for result in report['results']} == {'missing'}


def test_variables_of_the_user_stay(study, monkeypatch):
    monkeypatch.setenv('TELLTALE_A', 'user')
    monkeypatch.setenv('TELLTALE_B', 'is removed after the test')
    monkeypatch.delenv('TELLTALE_B')
    study.settings['environment'] = dict(TELLTALE_A='study',
                                         TELLTALE_B='study')
    script = study.folder / 'train.py'
    script.write_text(
        'import os\nprint(os.environ["TELLTALE_A"], os.environ["TELLTALE_B"'
        '])\n' + script.read_text())
    study.run('--rows', 'stage1')
    log, = (study.folder / 'work').glob('stage1/*/log.txt')
    assert log.read_text() == 'user study\n'


def test_options_for_all_runs(study, capfd):
    _, report = study.run('--cfg-options', 'level=0.25')
    assert by_run(report)['live', 0]['scalars']['acc/top1'] == 0.25
    file, *_ = study.words()
    with pytest.raises(SystemExit):
        run_study.main([file, '--cfg-options', 'level=0.25'])
    assert 'expected both' in capfd.readouterr().err


def test_report_names_the_command_of_the_whole(study):
    _, report = study.run('--rows', 'live', '--jobs', '1', '--seeds', '0',
                          '--cfg-options', 'model.x=2', '--', '--quiet', 'all')
    words = study.words('--seeds', '0', '--cfg-options', 'model.x=2')
    assert report['command'].split() == [
        'python', 'tools/experiments/run_study.py', *words]
    assert f'    {report["command"]}\n' in (
        study.folder / 'out.md').read_text()


def test_default_report(study, capfd):
    """Beside others of the project only if no row is missing."""
    words = study.words()[:3]
    docs = study.folder / 'docs/benchmarks/small'
    report = study.folder / 'work/report'

    def written(*more):
        run_study.main([*words, *more])
        os.chdir(study.folder)
        last = capfd.readouterr().out.splitlines()[-1]
        return last, docs.with_suffix('.md').exists()

    assert written('--report-only') == (f'Report: {report}.md', False)
    assert written('--rows', 'live') == (f'Report: {report}.md', False)
    assert report.with_suffix('.png').exists()
    assert written() == (f'Report: {docs}.md', True)


def test_words_after_two_dashes_go_to_snakemake(study):
    study.run('--', '--dry-run')
    assert study.calls() == []


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info < (3, 11), reason='Snakemake 9')
def test_real_trainings(tmp_path):
    """One iteration each with tools/train.py, the second from the first."""
    videos = small_runs.loader(lengths=[5, 5])
    Config(dict(
        default_scope='mmaction',
        custom_imports=dict(
            imports=['s2dnet_mmaction', 'tests.support.small_runs']),
        model=small_runs.SNET_ALONE,
        train_dataloader=videos, val_dataloader=videos,
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=1),
        optim_wrapper=small_runs.PLAIN, val_cfg=dict(type='ValLoop'),
        val_evaluator=dict(type='AccMetric'),
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            checkpoint=dict(type='CheckpointHook', interval=1)),
        visualizer=dict(
            type='ActionVisualizer',
            vis_backends=[dict(type='LocalVisBackend')]),
    )).dump(tmp_path / 'net.py')
    config = str(tmp_path / 'net.py')
    runs = dict(first=dict(config=config),
                second=dict(config=config, needs='first'))
    (tmp_path / 'study.py').write_text(
        f'runs = {runs}\nseeds = [0]\n'
        "rows = [dict(run='second', label='second', tables=['t'])]\n")
    call_tool('experiments/run_study.py', tmp_path / 'study.py', '--work-dir',
              tmp_path / 'work', '--out', tmp_path / 'out')
    result, = json.loads((tmp_path / 'out.json').read_text())['results']
    assert result['status'] == 'done' and 'acc/top1' in result['scalars']
    assert result['hardware']['threads'] == 1 and len(result['commit']) == 40
    weights, = (tmp_path / 'work').glob('second/*/epoch_1.pth')
    assert result['weights'] == weights_digest(weights)
    log, = (tmp_path / 'work').glob('second/*/log.txt')
    assert 'Load checkpoint from' in log.read_text()
    assert 'first/seed0-' in log.read_text()
