"""One training: what it starts from, leaves and reads."""

import json

import pytest
import study_job
from study_job import read_logs, write_json

from tests.support.fake_study import by_run


def test_logs_of_the_last_validation(tmp_path):
    logs = tmp_path / '20200101_000000/vis_data'
    logs.mkdir(parents=True)
    lines = [dict(loss=1.0, iter=1), {'acc/top1': 0.5, 'step': 1},
             {'acc/top1': 0.7, 'acc/top5': 0.9, 'step': 2},
             {'acc/top1': 0.1, 'loss': 1.0, 'iter': 9}, dict(memory=1)]
    (logs / 'scalars.json').write_text('\n'.join(map(json.dumps, lines)))
    assert read_logs(tmp_path) == ({'acc/top1': 0.7, 'acc/top5': 0.9}, 0)
    (logs / 'scalars.json').write_text(
        '{"loss": NaN, "iter": 1}\n{"loss": -Infinity, "iter": 2}')
    assert read_logs(tmp_path) == ({}, 2)


def test_json_is_written_whole_or_not(tmp_path):
    file = tmp_path / 'a.json'
    write_json(file, dict(a=1))
    with pytest.raises(TypeError):
        write_json(file, dict(a=object()))
    assert json.loads(file.read_text()) == dict(a=1)


def test_config_of_a_training(study):
    """It reads back, and what the study writes anew is as before."""
    study.change('live', options={'model.neck.span': (0.5, None)})
    study.run('--rows', 'live')
    config, = (study.folder / 'work').glob('live/*/config.py')
    scope = {}
    exec(config.read_text(), scope)
    assert scope['model']['neck'] == dict(type='N', span=(0.5, None))


def test_checkpoint_option(study):
    study.change('live', checkpoint_option='model.start')
    code, _ = study.run('--rows', 'live')  # the stand-in reads the weights
    assert code == 0


@pytest.mark.parametrize('name', ['epoch_2.pth', 'last_checkpoint'])
def test_deleted_checkpoint_is_made_again(study, name):
    study.run('--rows', 'live')
    file, = (study.folder / 'work').glob(f'stage1/*/{name}')
    file.unlink()
    code, report = study.run('--rows', 'live')  # it needs none
    assert code == 0 and len(study.calls()) == 2
    study.run('--rows', 'still', '--dry-run')
    assert by_run(study.run('--report-only')[1])['stage1', 0][
        'status'] == 'done'
    code, report = study.run('--rows', 'still')
    assert code == 0 and study.calls()[2:] == ['stage1 0', 'still 0']
    assert {result['status'] for result in report['results']} == {'done'}


def test_failure_before_the_training_is_recorded(study, monkeypatch):
    """E.g. if the checkpoint is deleted while the study runs."""
    study.run('--rows', 'live')
    work = study.folder / 'work'
    result, = work.glob('live/*/result.json')
    result.unlink()
    for file in work.glob('stage1/*/last_checkpoint'):
        file.unlink()
    plan, = work.glob('plan-*.json')
    monkeypatch.chdir(work)
    monkeypatch.setattr(study_job, 'ROOT', study.folder)
    name = str(result.parent.relative_to(work))
    assert study_job.main(str(plan), name) == 1
    failure = json.loads((result.parent / 'failed.json').read_text())
    assert failure['status'] == 'failed'
    assert failure['error'].startswith('FileNotFoundError: ')


def test_another_try_starts_in_an_empty_folder(study):
    study.change('live', options=dict(error='ValueError'))
    for _ in range(2):  # the stand-in looks at what is there
        _, report = study.run('--rows', 'live')
        assert by_run(report)['live', 0]['error'].startswith('ValueError')
    log, = (study.folder / 'work').glob('live/*/log.txt')
    assert log.read_text().count('Traceback') == 2
