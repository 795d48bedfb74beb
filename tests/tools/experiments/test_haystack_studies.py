"""The studies of samplers: their runs build as their labels say."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from study_plan import Study

from tests.support.glints import ROOT


@pytest.fixture(scope='module', params=['haystack', 'haystack_frames'])
def study(request):
    return Study(str(ROOT / f'tools/experiments/{request.param}.py'), {}, ())


def test_runs_build(study):
    for run in study.runs:
        cfg = Config.fromstring(study.configs[run], '.py')
        init_default_scope(cfg.default_scope)
        with torch.device('meta'):
            model = MODELS.build(cfg.model)
        assert cfg.train_cfg.max_epochs == cfg.train_cfg.val_begin
        joined = [step for step in cfg.train_dataloader.dataset.pipeline
                  if step.type == 'LoadClipScores']
        needs = any(sampler.needs_teacher
                    for sampler in model.samplers.values())
        assert needs <= len(joined)


def test_branches_and_labels_of_nsnet():
    study = Study(str(ROOT / 'tools/experiments/haystack_frames.py'), {}, ())
    cfg = {run: Config.fromstring(study.configs[run], '.py')
           for run in study.runs}
    assert cfg['nsnet'].model.select.to_dict() == dict(type='Fusion', k=10)
    for score, other in (('fs', 'vg'), ('vg', 'fs')):
        assert cfg[score].model.select.to_dict() == dict(
            type='TopK', k=10, score=score)
        assert cfg[score].model.sampler.weights == {other: 0}
    columns = {run: [step.column for step in
                     one.train_dataloader.dataset.pipeline
                     if step.type == 'LoadClipScores']
               for run, one in cfg.items()}
    assert columns['response'] == ['response']
    assert columns['nsnet'] == ['prototype']
    assert not cfg['without_ns'].model.sampler.suppress
