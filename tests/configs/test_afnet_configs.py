"""Every config of AFNet loads, builds, trains and predicts."""

import re
from pathlib import Path

import mmcv
import mmengine
import pytest
import torch
from mmaction.registry import HOOKS, METRICS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.backbones.afnet.frame_macs import count_frame_macs
from s2dnet_mmaction.models.backbones.afnet.official_keys import from_official
from tests.support import afnet
from tests.support.glints import ROOT

CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs/recognition/afnet').rglob('*.py'))
AFNETS = [path for path in CONFIGS if 'tsn-baseline' not in path]
# a config of each network and data set
SOME = [path for path in CONFIGS if re.search(
    'rt0.4.*12.*sthv2|r34|minikinetics|fusion-add|soft.*jester', path)]
CLASSES = dict(sthv1=174, sthv2=174, jester=27, minikinetics=200,
               activitynet=200, telltale=9)


def load(path):
    cfg = Config.fromfile(ROOT / path)
    init_default_scope(cfg.default_scope)
    return cfg


def frames_of(cfg):
    """Frames of a clip, as the pipelines sample them."""
    found = set()
    for name in ('train_pipeline', 'val_pipeline', 'test_pipeline'):
        sample, = (step for step in cfg[name]
                   if step.type in ('SampleFrames', 'UniformSample'))
        found.add(sample.clip_len * sample.get('num_clips', 1))
    return found


@pytest.mark.parametrize('path', CONFIGS)
def test_name_matches_the_settings(path):
    """afnet_<variant>_<backbone>_<gpus>xb<batch>-1x1x<T>-<n>e_<data>-rgb"""
    cfg = load(path)
    method, variant, *_, training, data = Path(path).stem.split('_')
    assert method == Path(path).parts[2] == 'afnet'
    gpus_batch, frames, epochs = training.split('-')
    gpus, batch = map(int, gpus_batch.split('xb'))
    assert batch == cfg.train_dataloader.batch_size
    assert cfg.auto_scale_lr == dict(enable=False,
                                     base_batch_size=gpus * batch)
    length = int(frames.split('x')[-1])
    assert frames_of(cfg) == {length}
    assert epochs == f'{cfg.train_cfg.max_epochs}e'
    assert cfg.model.cls_head.num_classes == CLASSES[data.split('-')[0]]
    raw = cfg.train_dataloader.dataset.type == 'CheckedRawframeDataset'
    assert raw == any(name in data
                      for name in ('sthv1', 'jester', 'activitynet'))
    if path not in AFNETS:
        return
    backbone = cfg.model.backbone
    assert backbone.num_segments == cfg.model.cls_head.num_segments == length
    target = re.search(r'rt([\d.]+)', variant)
    if target:
        assert cfg.model.keep_ratio.target == float(target[1])
    shift = 'tsm' in variant
    assert backbone.get('shift', backbone.type == 'AFMobileNetV3') == shift
    if backbone.type == 'AFResNet':
        assert f'r{backbone.depth}' in path


@pytest.mark.parametrize('path', CONFIGS)
def test_everything_builds(path):
    """Models, pipelines, metrics, hooks; the schedule fits the epochs."""
    cfg = load(path)
    MODELS.build(cfg.model)
    for split in ('train', 'val', 'test'):
        Compose(cfg[f'{split}_dataloader'].dataset.pipeline)
    for metric in cfg.test_evaluator:
        METRICS.build(metric)
    for hook in cfg.custom_hooks:
        built = HOOKS.build(hook)
        assert built.ratio_end < built.end_epoch <= cfg.train_cfg.max_epochs
    for scheduler in cfg.param_scheduler:
        assert scheduler.end <= cfg.train_cfg.max_epochs
        assert all(milestone < scheduler.end
                   for milestone in scheduler.get('milestones', ()))


@pytest.mark.slow
@pytest.mark.parametrize('path', SOME)
def test_trains_and_predicts(path):
    """One step of the config's own optimiser, then one prediction."""
    torch.manual_seed(0)
    cfg = load(path)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    length, = frames_of(cfg)
    classes = cfg.model.cls_head.num_classes
    several = cfg.train_dataloader.dataset.get('multi_class', False)

    def batch():
        shape = ((1, 3, length) if model.data_preprocessor.format_shape
                 == 'NCTHW' else (length, 3))
        samples = []
        for label in (0, classes - 1):
            if several:
                label = torch.eye(classes)[label] + torch.eye(classes)[1]
            samples.append(ActionDataSample().set_gt_label(label))
        return dict(inputs=[torch.randint(0, 256, (*shape, 64, 64),
                                          dtype=torch.uint8)
                            for _ in samples], data_samples=samples)

    missing = []
    wrapper.optimizer.register_step_pre_hook(lambda *_: missing.extend(
        name for name, parameter in model.named_parameters()
        if parameter.grad is None))
    model.train()
    losses = model.train_step(batch(), wrapper)
    assert all(bool(value.isfinite().all()) for value in losses.values())
    assert losses['loss'] > 0
    assert not missing  # DistributedDataParallel needs all of them
    model.eval()
    with torch.no_grad():
        samples = model.test_step(batch())
    for metric in cfg.test_evaluator:
        built = METRICS.build(metric)
        built.process(None, [sample.to_dict() for sample in samples])
        assert built.evaluate(2)


@pytest.mark.parametrize('path', [
    path for path in AFNETS if re.search('rt0.4.*12.*sthv1', path)])
def test_learning_rates_of_the_authors(path):
    """Classifier x5, its bias x10 without decay, norms without decay,
    navigation x10 with decay; the fusion x5 in a ResNet only."""
    cfg = load(path)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    names = {id(p): name for name, p in model.named_parameters()}
    groups = {names[id(parameter)]: (group['lr'], group['weight_decay'])
              for group in wrapper.param_groups
              for parameter in group['params'] if id(parameter) in names}
    lr, decay = 0.01, 1e-4
    mobile = cfg.model.backbone.type == 'AFMobileNetV3'
    stage = 'backbone.stage2' if mobile else 'backbone.layer2'
    expected = {
        f'{stage}.focal.0.stack.conv1.weight': (lr, decay),
        f'{stage}.focal.0.stack.bn1.weight': (lr, 0),
        f'{stage}.navigation.0.squeeze.weight': (10 * lr, decay),
        f'{stage}.navigation.0.norm.weight': (10 * lr, decay),
        f'{stage}.navigation.0.decide.bias': (10 * lr, decay),
        f'{stage}.fusion.fc1.weight': (lr if mobile else 5 * lr, decay),
        'cls_head.fc_cls.weight': (5 * lr, decay),
        'cls_head.fc_cls.bias': (10 * lr, 0)}
    if mobile:
        expected.update({
            'cls_head.fc.weight': (5 * lr, decay),
            'cls_head.fc.bias': (10 * lr, 0),
            f'{stage}.focal.0.stack.se.fc1.weight': (lr, decay)})
    for name, numbers in expected.items():
        assert groups[name] == pytest.approx(numbers), name


@pytest.mark.parametrize('data', [
    'sthv1_8segments', 'sthv2_12segments', 'jester_8segments',
    'minikinetics_8segments', 'activitynet_32segments'])
def test_pipelines_run(data, glints_root, tmp_path):
    """On a real file: T frames of 224 px."""
    cfg = Config.fromfile(ROOT / f'configs/_base_/datasets/{data}.py')
    init_default_scope('mmaction')
    video = next(glints_root.rglob('*.mp4'))
    source = cfg.train_dataloader.dataset
    results = dict(label=3, modality='RGB', start_index=0)
    if source.type == 'CheckedRawframeDataset':
        frames, template = mmcv.VideoReader(str(video)), source.filename_tmpl
        frames.cvt2frames(str(tmp_path), filename_tmpl=template.replace(
            '{:05}', '{:05d}'), file_start=1)
        results.update(frame_dir=str(tmp_path), start_index=1,
                       filename_tmpl=template,
                       total_frames=len(frames))
    else:
        results.update(filename=str(video))
    length = int(re.search(r'_(\d+)segments', data)[1])
    for split in ('train', 'val', 'test'):
        pipeline = Compose(cfg[f'{split}_dataloader'].dataset.pipeline)
        inputs = pipeline(dict(results))['inputs']
        assert inputs.dtype == torch.uint8
        assert inputs.shape == (length, 3, 224, 224)


def test_costs_of_the_paper():
    """GFLOPs of Tab. 2 follow from keep ratios between the target and 1."""
    for path, gflops in (('r50_.*12.*sthv2', 27.8), ('r101_.*12.*sthv2', 41.9),
                         ('mobilenetv3_.*12.*sthv2', 2.2)):
        path, = (each for each in AFNETS if re.search(f'rt0.4.*{path}', each))
        model = MODELS.build(load(path).model).eval()
        macs = count_frame_macs(model.backbone, model.cls_head, (224, 224))
        ratio = (gflops * 1e9 / 12 - macs.fixed) / float(macs.blocks.sum())
        assert 0.4 < ratio < 0.55


METAFILE = mmengine.load(ROOT / 'configs/recognition/afnet/metafile.yml')
README = (ROOT / 'configs/recognition/afnet/README.md').read_text()


def test_metafile_has_every_config_once():
    index = mmengine.load(ROOT / 'model-index.yml')
    assert 'configs/recognition/afnet/metafile.yml' in index['Import']
    listed = [model['Config'] for model in METAFILE['Models']]
    assert sorted(listed) == [path for path in CONFIGS
                              if 'telltale' not in path]
    for model in METAFILE['Models']:
        assert model['Config'].endswith(f'/{model["Name"]}.py')
        for result in model['Results']:
            assert all(name.endswith('(paper)') for name in result['Metrics'])


@pytest.mark.slow
@pytest.mark.parametrize('model', METAFILE['Models'],
                         ids=lambda model: model['Name'])
def test_numbers_are_those_measured(model):
    """In the metafile and in the row of the README."""
    cfg = load(model['Config'])
    stated = model['Metadata']
    assert stated['Epochs'] == cfg.train_cfg.max_epochs
    assert stated['Batch Size'] == cfg.auto_scale_lr.base_batch_size
    net = MODELS.build(cfg.model).eval()
    params = sum(p.numel() for p in net.parameters()) / 1e6
    assert stated['Parameters'] == f'{params:.2f}M'
    macs = count_frame_macs(net.backbone, net.cls_head, (224, 224))
    target = 1 if net.keep_ratio is None else net.keep_ratio.target
    frames = cfg.model.backbone.num_segments
    focal = float(macs.blocks.sum())
    at, whole = (frames * (macs.fixed + ratio * focal) / 1e9
                 for ratio in (target, 1))
    assert stated['FLOPs'] == f'{at:.2f}G'
    row, = (line for line in README.splitlines()
            if f'{model["Name"]}.py)' in line)
    accuracy, paper, *numbers = (cell.strip() for cell in
                                 row.split('|')[2:-1])
    assert numbers == [f'{number:.2f}' for number in (at, whole, params)]
    assert paper == stated.get('FLOPs (paper)', '').rstrip('G')
    metric, = model['Results'][0]['Metrics'].values()
    assert accuracy.split()[0] == str(metric)


@pytest.mark.slow
@pytest.mark.parametrize('net', ['r50', 'r101', 'mobilenetv3'])
def test_files_that_the_configs_name(net, tmp_path, monkeypatch):
    """The authors' of ImageNet: all but the navigation is loaded."""
    path = next(each for each in AFNETS if f'pretrained-{net}_' in each)
    cfg = load(path)
    variant = dict(r50='r50_tsm', r101='r101_tsm').get(net, net)
    weights = {f'module.{name[len("base_model."):]}': value
               for name, value in afnet.golden(variant)[0].items()
               if 'list_gen' not in name}
    file = tmp_path / cfg.model.backbone.init_cfg.checkpoint
    file.parent.mkdir()
    torch.save(dict(state_dict=weights), file)
    monkeypatch.chdir(tmp_path)
    model = MODELS.build(cfg.model)
    model.init_weights()
    own = from_official({name[len('module.'):]: value
                         for name, value in weights.items()})
    state = model.state_dict()
    for name, value in state.items():
        if name.startswith('backbone.') and 'navigation' not in name \
                and name != 'backbone.mask_input':
            assert torch.equal(value, own[name]), name
