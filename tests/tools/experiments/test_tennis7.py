"""The study of tennis7: its runs build and take their weights, by fold."""

from types import SimpleNamespace

import pytest
from mmaction.registry import HOOKS, MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from study_plan import Study

from tests.support.glints import ROOT

STUDY = Study(str(ROOT / 'tools/experiments/tennis7.py'), {}, ())


def config(run):
    cfg = Config.fromstring(STUDY.configs[run], '.py')
    init_default_scope(cfg.default_scope)
    return cfg


@pytest.mark.slow
def test_stage_2_starts_from_all_of_stage_1():
    """Only a locator is new; runs end with their one validation."""
    weights = MODELS.build(config('stage1').model).state_dict()
    for run, keys in STUDY.runs.items():
        cfg = config(run)
        epochs = cfg.train_cfg.max_epochs
        assert (cfg.train_cfg.val_begin, cfg.param_scheduler[-1].T_max) == (
            epochs, epochs)
        if keys.needs is None:
            continue
        model = MODELS.build(cfg.model)
        model.is_init = True
        runner = SimpleNamespace(model=model, _resume=False,
                                 _load_from='a file', _has_loaded=False)
        checkpoint = dict(state_dict=dict(weights))
        for hook in cfg.custom_hooks:
            HOOKS.build(hook).after_load_checkpoint(runner, checkpoint)
        model.load_state_dict(checkpoint['state_dict'])


def test_rows_compare_equal_trainings():
    epochs = {run: config(run).train_cfg.max_epochs for run in STUDY.runs}
    assert {run: epochs[run] + (epochs['stage1'] if keys.needs else 0)
            for run, keys in STUDY.runs.items() if run != 'stage1'} == (
                dict.fromkeys(('snet', 'centre-crop', 'f-theta', 'heatmap',
                               'oracle'), 12))


@pytest.mark.parametrize('run', STUDY.runs)
def test_a_fold_trains_and_validates_on_its_lists(run):
    cfg = config(run)
    folds = {job['seed']: job['options'] for name, job in STUDY.jobs.items()
             if name.startswith(f'{run}/')}
    assert sorted(folds) == [0, 1, 2, 3]
    cfg.merge_from_dict(dict(option.split('=') for option in folds[3]))
    assert cfg.train_dataloader.dataset.ann_file == 'fold3_train_places.txt'
    for split in ('val', 'test'):
        loader, metrics = cfg[f'{split}_dataloader'], cfg[f'{split}_evaluator']
        assert loader.dataset.ann_file == 'fold3_val_places.txt'
        assert metrics[1] == dict(type='MajorityMetric',
                                  ann_file='data/tennis7/fold3_train.txt')
