"""Every config of SCSampler loads, builds, trains and predicts."""

import json
import re
from pathlib import Path

import mmengine
import pytest
import torch
from mmaction.registry import MODELS, TASK_UTILS, TRANSFORMS
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper

from tests.support.glints import ROOT
from tests.support.sampler_configs import fake_view, gmacs, load

FOLDER = ROOT / 'configs/recognition/scsampler'
CONFIGS = sorted(str(path.relative_to(ROOT))
                 for path in FOLDER.glob('*.py'))
TRAINED = [path for path in CONFIGS if 'dense' not in path]
CLASSES = dict(haystack=6, kinetics400=400, minikinetics=200,
               activitynet=200, ucf101=101, sports1m=487)
OBJECTIVES = dict(ac='ActionObjective', cl='SalientObjective',
                  rank='RankObjective')


def objectives(sampler):
    """Of all samplers within a config."""
    if 'objective' in sampler:
        return [sampler.objective]
    return [one for value in sampler.values() if isinstance(value, dict)
            for one in objectives(value)]


@pytest.mark.parametrize('path', CONFIGS)
def test_name_matches_the_settings(path):
    """scsampler-<variant>_<nets>_<gpus>xb<batch>-<clip>-<n>e_<data>-rgb"""
    cfg = load(path)
    variant, *_, training, data = Path(path).stem.split('_')
    classes = CLASSES[data.split('-')[0]]
    assert cfg.model.recognizer.cls_head.num_classes == classes
    pipelines = [cfg.train_dataloader.dataset.pipeline,
                 cfg.val_dataloader.dataset.pipeline,
                 cfg.test_dataloader.dataset.pipeline]
    for pipeline in pipelines:
        step = next(step for step in pipeline
                    if step.type == 'SampleCandidates')
        length, interval, number = re.search(
            r'(\d+)x(\d+)x(\d+|all)', training).groups()
        assert step.clip_len == int(length)
        assert step.get('frame_interval', 1) == int(interval)
        if number != 'all':
            assert step.num_candidates == int(number)
    assert pipelines[1] == pipelines[2]
    if path not in TRAINED:
        return
    _, objective, *_ = variant.split('-')
    found = objectives(cfg.model.sampler)
    assert {one.type for one in found} == {OBJECTIVES[objective]}
    teacher = any(step.type == 'LoadClipScores' for step in pipelines[0])
    assert teacher == (objective != 'ac')
    gpus, batch, epochs = re.search(r'(\d+)xb(\d+)-.*-(\d+)e',
                                    training).groups()
    assert cfg.train_cfg.max_epochs == int(epochs)
    assert cfg.train_dataloader.batch_size == int(batch)
    assert cfg.auto_scale_lr == dict(
        enable=False, base_batch_size=int(gpus) * int(batch))


@pytest.mark.parametrize('path', CONFIGS)
def test_pipelines_build(path):
    cfg = load(path)
    for name in ('train', 'val', 'test'):
        Compose(cfg[f'{name}_dataloader'].dataset.pipeline)
    # In training all candidates are in one chunk.
    sample, skim = (next(step for step in cfg.train_pipeline
                         if step.type == kind)
                    for kind in ('SampleCandidates', 'SkimFirst'))
    assert path not in TRAINED or sample.num_candidates <= skim.get(
        'chunk', 64)


@pytest.mark.parametrize('path', TRAINED)
def test_samplers_see_their_views(path):
    """The sampler scores what the pipeline gives it, and is trained."""
    cfg = load(path)
    rule = TASK_UTILS.build(cfg.model.select)
    samplers = cfg.model.sampler
    if 'type' in samplers:
        samplers = dict(visual=samplers)
    views = cfg.val_pipeline[-1].views
    assert set(rule.reads) <= set(samplers)
    for name, config in samplers.items():
        model = MODELS.build(config)
        view = fake_view(views[name])
        with torch.no_grad():
            assert model.eval().score(view).shape == (2, )
        outputs = model.train().loss(
            view[None], torch.tensor([1]), torch.tensor([[.1, .9]]))
        assert any('loss' in key for key in outputs)


@pytest.mark.parametrize('path', TRAINED)
def test_multipliers_meet_parameters(path):
    cfg = load(path)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper.copy())
    paramwise = cfg.optim_wrapper.get('paramwise_cfg') or {}
    names = [name for name, _ in model.named_parameters()]
    for key, options in paramwise.get('custom_keys', {}).items():
        assert any(key in name for name in names), key
        lr = cfg.optim_wrapper.optimizer.lr * options['lr_mult']
        assert any(group['lr'] == pytest.approx(lr)
                   for group in wrapper.param_groups), key


@pytest.mark.parametrize('path', CONFIGS)
def test_the_recognizer_fits_its_clips(path):
    """MMAction2's networks, on the meta device."""
    cfg = load(path)
    config = dict(cfg.model.recognizer)
    config.pop('init_cfg')
    with torch.device('meta'):
        model = MODELS.build(config).eval()
        step = next(step for step in cfg.val_pipeline
                    if step.type == 'SampleCandidates')
        frames = any(step.get('input_format') == 'NCHW'
                     for step in cfg.val_pipeline[-1].pipeline)
        shape = (3, 224, 224) if frames else (3, step.clip_len, 112, 112)
        logits = model(torch.zeros(1, 2, *shape), stage='head')
    assert logits.shape[-1] == cfg.model.recognizer.cls_head.num_classes


METAFILE = mmengine.load(FOLDER / 'metafile.yml')


def test_metafile_has_every_config_once():
    index = mmengine.load(ROOT / 'model-index.yml')
    assert 'configs/recognition/scsampler/metafile.yml' in index['Import']
    listed = [model['Config'] for model in METAFILE['Models']]
    assert sorted(listed) == [path for path in CONFIGS
                              if 'haystack' not in path]
    readme = (FOLDER / 'README.md').read_text()
    for model in METAFILE['Models']:
        assert model['Config'].endswith(f'/{model["Name"]}.py')
        assert f'{model["Name"]}.py)' in readme


@pytest.mark.slow
@pytest.mark.parametrize('model', METAFILE['Models'],
                         ids=lambda model: model['Name'])
def test_numbers_are_those_measured(model):
    """Of 300 frames."""
    cfg = load(model['Config'])
    stated = model['Metadata']
    assert stated['Epochs'] == cfg.train_cfg.max_epochs
    assert stated['Batch Size'] == cfg.auto_scale_lr.base_batch_size
    recognizer, samplers = cfg.model.recognizer, cfg.model.sampler
    with torch.device('meta'):
        net = MODELS.build(cfg.model)
    params = sum(p.numel() for p in net.parameters()) / 1e6
    assert stated['Parameters'] == f'{params:.2f}M'
    sample, skim = cfg.val_pipeline[-2:]
    candidates = TRANSFORMS.build(sample)(dict(
        total_frames=300, start_index=0))['num_clips']
    frames = skim.pipeline[-1].input_format == 'NCHW'
    side, = {step.crop_size for step in skim.pipeline
             if step.type == 'CenterCrop'}
    clip = (3, side, side) if frames else (3, sample.clip_len, side, side)
    recognizer.pop('init_cfg')
    total = cfg.model.select.k * gmacs(json.dumps(recognizer), 1, 1, *clip)
    if 'type' in samplers:
        samplers = dict(visual=samplers)
    for name, config in samplers.items():
        shape = fake_view(skim.views[name])[:1].shape
        total += candidates * gmacs(json.dumps(config), *shape)
    assert float(stated['FLOPs'][:-1]) == pytest.approx(total, rel=1e-3)
