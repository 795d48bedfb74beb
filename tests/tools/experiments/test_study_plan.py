"""Study files, digests and configs."""

import pytest
from mmengine.config import Config
from study_plan import Study, config_text


@pytest.fixture
def study(planned_study):
    return planned_study


def plan(study, options=(), seeds=()):
    file, *_ = study.words()
    return Study(file, dict(options), seeds)


def folders(study, **keys):
    return [folder for _, _, folder in plan(study, **keys).shown]


def test_a_folder_has_run_seed_and_digest(study):
    study.settings['seeds'] = [0, 2]
    names = [folder.rpartition('-')[0] for folder in folders(study)]
    assert names == ['stage1/seed0', 'stage1/seed2', 'still/seed0',
                     'still/seed2', 'live/seed0', 'live/seed2']


def test_parent_has_the_same_seed(study):
    study.settings['seeds'] = [0, 1]
    made = plan(study)
    for folder, job in made.jobs.items():
        for parent in job['needs']:
            assert parent in made.jobs
            assert parent.startswith(f'stage1/seed{job["seed"]}-')
            assert folder.startswith(('still', 'live'))


def test_seeds_of_a_row(study):
    study.settings['rows'][1]['seeds'] = 1
    shown = [(row.run, seed) for row, seed, _ in plan(study, seeds=[1]).shown]
    assert shown == [('stage1', 0), ('stage1', 1), ('still', 0), ('live', 0),
                     ('live', 1)]


def test_settings_of_a_seed(study):
    """Such as the lists of a fold; without any, folders stay as they are."""
    before = folders(study)
    study.settings.update(seed_options=['a.b=fold{seed}.txt', 'c=1'])
    jobs = plan(study, seeds=[2]).jobs
    assert {job['seed']: job['options'] for job in jobs.values()} == {
        0: ['a.b=fold0.txt', 'c=1'], 2: ['a.b=fold2.txt', 'c=1']}
    assert set(before).isdisjoint(folders(study))
    study.settings.update(seed_options=[])
    assert folders(study) == before


def test_a_changed_parent_changes_its_children_alone(study):
    before = folders(study)
    study.change('still', options=dict(level=0.3))
    after = folders(study)
    assert [a == b for a, b in zip(before, after)] == [True, False, True]
    study.change('stage1', options=dict(level=0.3))
    assert set(folders(study)).isdisjoint(after)


@pytest.mark.parametrize('run', [
    dict(checkpoint_option='model.start'), dict(may_fail='ValueError'),
    dict(must_fail='ValueError'),
])
def test_other_settings_of_a_run_change_its_folder(study, run):
    before = folders(study)
    study.change('live', **run)
    assert [a == b for a, b in zip(before, folders(study))] == [
        True, True, False]


def test_the_same_config_from_other_files_has_the_same_folder(study):
    before = folders(study)
    study.base.write_text('# a comment\n' + study.base.read_text())
    study.change('live', options=dict(level=0.7, slope=1.0))
    assert folders(study) == before


def test_options_for_all_runs_change_all_folders(study):
    assert set(folders(study)).isdisjoint(
        folders(study, options={'model.x': 2}))


@pytest.mark.parametrize('change, error, match', [
    (lambda s: s.change('live', needs='no'), ValueError, 'needs of live'),
    (lambda s: s.change('stage1', needs='live'), ValueError,
     'needs of stage1'),
    (lambda s: s.change('live', option={}), TypeError, "'option'"),
    (lambda s: s.change('live', config='no.py'), FileNotFoundError, 'no.py'),
    (lambda s: s.settings['rows'][0].update(run='no'), ValueError, 'run of'),
    (lambda s: s.settings['rows'][0].update(reference='no'), ValueError,
     'reference of row stage1'),
    (lambda s: s.settings['rows'][0].pop('label'), TypeError, "'label'"),
    (lambda s: s.settings['rows'][2].update(label='row still'), ValueError,
     'label in a: got row still twice'),
    (lambda s: s.settings['rows'][2].update(tables='a'), TypeError,
     "tables of row live: got 'a'"),
    (lambda s: s.settings.update(repeat='day'), ValueError, 'repeat'),
])
def test_unsound_studies(study, change, error, match):
    change(study)
    with pytest.raises(error, match=match):
        plan(study)


VALUES = {
    'model.neck': dict(_delete_=True, type='M', nested=dict(a=(1, ), b={})),
    'model.rate': 1e-3,
    'model.none': None,
    'model.deep.er': ((1.0, None), 'x"y\'z', [1, (2, 3)], True),
    'custom_hooks': [dict(type='H', every=2), dict(type='I', c=dict(d=()))],
    'names': {'a-b': 1, 'c.d': dict(e=2)},
}


def test_options_arrive_unchanged(study):
    for _ in range(2):  # mmengine changes what it merges
        text = config_text(str(study.base), VALUES, {'model.x': 2e-5})
        cfg = Config.fromstring(text, '.py').to_dict()
        model = cfg['model']
        assert model['neck'] == dict(type='M', nested=dict(a=(1, ), b={}))
        assert (model['rate'], model['none'], model['x']) == (1e-3, None, 2e-5)
        assert model['deep']['er'] == VALUES['model.deep.er']
        assert cfg['custom_hooks'] == VALUES['custom_hooks']
        assert cfg['names'] == VALUES['names']


def test_option_without_a_text(study):
    with pytest.raises(NameError, match='inf'):
        config_text(str(study.base), dict(level=float('inf')))
