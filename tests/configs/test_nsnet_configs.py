"""Every config of NSNet loads, builds, trains and predicts."""

import json
import re
import sys
from pathlib import Path
from types import ModuleType

import mmengine
import pytest
import torch
from mmaction.registry import MODELS, TASK_UTILS, TRANSFORMS
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from torch import nn

from tests.support.glints import ROOT
from tests.support.sampler_configs import fake_view, gmacs, load

FOLDER = ROOT / 'configs/recognition/nsnet'
CONFIGS = sorted(str(path.relative_to(ROOT)) for path in [
    *FOLDER.glob('*.py'), *FOLDER.glob('ablations/*.py')])
TRAINED = [path for path in CONFIGS
           if not re.search('nsnet-(dense|extractor)_', path)]
CLASSES = dict(haystack=6, minikinetics=200, activitynet=200, ucf101=101,
               fcvid=239)
METAFILE = mmengine.load(FOLDER / 'metafile.yml')
# GMACs of a video that others report (specification of the paper)
QUOTED = {'activitynet': 25.98, 'fcvid': 25.98, 'minikinetics': 18.15}


def step_of(pipeline, kind):
    return next((step for step in pipeline if step.type == kind), None)


@pytest.mark.parametrize('path', CONFIGS)
def test_name_matches_the_settings(path):
    """nsnet[-<variant>]_<nets>_<gpus>xb<batch>-1x<step>x<T>-<n>e_<data>"""
    cfg = load(path)
    *_, training, data = Path(path).stem.split('_')
    classes = CLASSES[data.split('-')[0]]
    assert cfg.model.recognizer.cls_head.num_classes == classes
    step, number = re.search(r'1x(\d+)x(\d+|all)', training).groups()
    pipelines = [cfg[f'{name}_dataloader'].dataset.pipeline
                 for name in ('train', 'val', 'test')]
    assert pipelines[1] == pipelines[2]
    for pipeline in pipelines if path in TRAINED else pipelines[1:]:
        candidates = step_of(pipeline, 'SampleCandidates')
        assert (candidates.clip_len, candidates.step) == (1, int(step))
        assert candidates.get('num_candidates') == (
            None if number == 'all' else int(number))
        Compose(pipeline)
    if path not in TRAINED:
        return
    assert cfg.model.sampler.num_classes == classes
    assert cfg.model.sampler.frames_of_video == int(number)
    assert step_of(pipelines[0], 'SampleCandidates')['shift'] == 'all'
    assert step_of(pipelines[1], 'SampleCandidates').test_mode
    gpus, batch, epochs = re.search(r'(\d+)xb(\d+)-.*-(\d+)e',
                                    training).groups()
    assert cfg.train_cfg.max_epochs == int(epochs)
    assert cfg.train_dataloader.batch_size == int(batch)
    assert cfg.auto_scale_lr.base_batch_size == int(gpus) * int(batch)


@pytest.mark.parametrize('path', TRAINED)
def test_the_sampler_sees_its_view_and_is_taught(path):
    cfg = load(path)
    sampler = MODELS.build(cfg.model.sampler)
    rule = TASK_UTILS.build(cfg.model.select)
    assert set(sampler.score_names) == {'fs', 'vg'}
    assert set(rule.reads) <= {'fs', 'vg'}
    assert bool(rule.reads) == ('oracle' not in path)
    joined = step_of(cfg.train_pipeline, 'LoadClipScores')
    assert (joined is not None) == sampler.needs_teacher
    number = cfg.model.sampler.frames_of_video
    # Two frames stand for all: the extractor sees them one by one.
    sampler.encoder.places = nn.Parameter(sampler.encoder.places[:2].data)
    assert number == cfg.val_pipeline[-1].get('chunk', number)
    view = fake_view(cfg.val_pipeline[-1].views.visual)
    with torch.no_grad():
        scores = sampler.eval().score(view)
    assert all(values.shape == (2, ) for values in scores.values())
    losses = sampler.loss(view[None], torch.tensor([1]),
                          torch.tensor([[.1, .9]]))
    assert {'loss_fs', 'loss_vg'} <= set(losses)


@pytest.mark.parametrize('path', TRAINED)
def test_the_optimizer_has_what_is_trained(path):
    cfg = load(path)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper.copy())
    assert wrapper.param_groups[0]['lr'] == cfg.optim_wrapper.optimizer.lr
    trained = {name.split('.')[2] for name, parameter in
               model.named_parameters() if parameter.requires_grad}
    frozen = cfg.model.sampler.freeze_extractor
    assert trained == {'encoder', 'scrutinize', 'glimpse',
                       *([] if frozen else ['backbone'])}


def test_a_network_of_torchvision_as_extractor(monkeypatch):
    """As the README shows it, with a stand-in for the package."""
    def shufflenet_v2_x1_0(weights):
        assert weights == 'IMAGENET1K_V1'
        widths = (3, 4, 4, 8, 8, 24)
        return nn.Sequential(
            *(nn.Conv2d(one, other, 3, 2, 1)
              for one, other in zip(widths, widths[1:])),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 1000))

    models = ModuleType('torchvision.models')
    models.shufflenet_v2_x1_0 = shufflenet_v2_x1_0
    package = ModuleType('torchvision')
    package.models = models
    monkeypatch.setitem(sys.modules, 'torchvision', package)
    monkeypatch.setitem(sys.modules, 'torchvision.models', models)
    readme = (FOLDER / 'README.md').read_text()
    code = re.search(r'```py\n(# ShuffleNet.*?)```', readme, re.S).group(1)
    changes = {}
    exec(code, changes)
    path = next(path for path in TRAINED if 'activitynet' in path)
    cfg = load(path)
    cfg.merge_from_dict(dict(model=changes['model']))
    sampler = MODELS.build(cfg.model.sampler)
    assert sampler.out_channels == 24


def test_metafile_has_every_config_once():
    index = mmengine.load(ROOT / 'model-index.yml')
    assert 'configs/recognition/nsnet/metafile.yml' in index['Import']
    listed = [model['Config'] for model in METAFILE['Models']]
    assert sorted(listed) == [path for path in TRAINED
                              if 'haystack' not in path]
    for model in METAFILE['Models']:
        assert model['Config'].endswith(f'/{model["Name"]}.py')
    readme = (FOLDER / 'README.md').read_text()
    for path in CONFIGS:
        assert f'{Path(path).name})' in readme


@pytest.mark.parametrize('path', [
    path for path in CONFIGS if 'nsnet-dense' in path])
@pytest.mark.parametrize('total', [37, 300, 3500])
def test_training_finds_its_frames_among_the_scored_ones(path, total):
    """Those that the dense config of the data set scores."""
    dense = load(path)
    data = Path(path).stem.split('_')[-1]
    grid = starts(dense.test_dataloader.dataset.pipeline, total)
    for other in TRAINED:
        if Path(other).stem.endswith(data):
            cfg = load(other)
            for pipeline in (cfg.train_pipeline, cfg.test_pipeline):
                for _ in range(5):
                    wanted = starts(pipeline, total)
                    assert len(wanted) == cfg.model.sampler.frames_of_video
                    assert set(wanted) <= set(grid)


def starts(pipeline, total):
    """First frames of the candidates of a video."""
    step = TRANSFORMS.build(step_of(pipeline, 'SampleCandidates'))
    return step(dict(total_frames=total, start_index=0))[
        'candidates'][:, 0].tolist()


@pytest.mark.slow
@pytest.mark.parametrize('model', METAFILE['Models'],
                         ids=lambda model: model['Name'])
def test_numbers_are_those_measured(model):
    cfg = load(model['Config'])
    stated = model['Metadata']
    assert stated['Epochs'] == cfg.train_cfg.max_epochs
    assert stated['Batch Size'] == cfg.auto_scale_lr.base_batch_size
    with torch.device('meta'):
        net = MODELS.build(cfg.model)
    params = sum(p.numel() for p in net.parameters()) / 1e6
    assert stated['Parameters'] == f'{params:.2f}M'
    recognizer = cfg.model.recognizer
    recognizer.pop('init_cfg')
    frames = cfg.model.sampler.frames_of_video
    view = fake_view(cfg.val_pipeline[-1].views.visual)
    total = gmacs(json.dumps(cfg.model.sampler), frames, *view.shape[1:]
                  ) + cfg.model.select.k * gmacs(
                      json.dumps(recognizer), 1, 1, 3, 224, 224)
    assert float(stated['FLOPs'][:-1]) == pytest.approx(total, rel=1e-3)
    data = Path(model['Config']).stem.split('_')[-1].split('-')[0]
    if '-r50_' in model['Name']:
        assert total == pytest.approx(QUOTED[data], rel=.01)
