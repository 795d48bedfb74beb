"""Every config of S2DNet loads, builds, trains and predicts."""

from pathlib import Path

import mmcv
import pytest
import torch
from mmaction.registry import HOOKS, METRICS, MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch.nn.modules.batchnorm import _BatchNorm

from s2dnet_mmaction.models.heads import TopKMaskedHead
from s2dnet_mmaction.models.necks import HeatmapLocator
from tests.support import tiny
from tests.support.glints import ROOT

CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs/recognition/s2dnet').rglob('*.py'))


# data sets that train on a CPU
OWN_RECIPES = ('glints', 'telltale', 'tennis7')
NUM_FRAMES, SIZE = 24, 72  # of the raw video; the full ones take minutes


def shrunk(path):
    """The config with small frames; its networks keep their size."""
    cfg = Config.fromfile(ROOT / path)
    init_default_scope(cfg.default_scope)
    parts = [cfg.model[part] for part in ('snet', 'dnet', 'backbone')
             if part in cfg.model and 'size' in cfg.model[part]]
    for part in parts:
        if isinstance(part.size, int):
            part.size = min(part.size, 64)
    return cfg


def raw_batch(views, num_classes):
    """Two videos of unequal length, as the data loader gives them."""
    batch = tiny.batch((NUM_FRAMES, NUM_FRAMES - 9), views, (SIZE, SIZE),
                       labels=(0, num_classes - 1))
    for sample in batch['data_samples']:  # the oracle reads it
        sample.set_metainfo(dict(place=(0.1, -0.2, 0.3)))
    return batch


def check_groups(model, wrapper, cfg):
    """No weight decay of norms, as in the release and in MMAction2's recipe
    of transformers; a tenth of the learning rate for the neck.

    OWN_RECIPES are exempt.
    """
    decay = {
        id(group['params'][0]): group['weight_decay']
        for group in wrapper.param_groups if len(group['params']) == 1
    }
    norms = [
        module for module in model.modules()
        if isinstance(module, (_BatchNorm, torch.nn.LayerNorm))
    ]
    assert len(norms) > 10
    for norm in norms:
        assert all(decay[id(p)] == 0 for p in norm.parameters())
    if cfg.optim_wrapper.optimizer.type == 'SGD':  # as the release, too
        for module in model.modules():
            if getattr(module, 'bias', None) is not None:
                assert decay[id(module.bias)] == 0, module
    rates = {
        id(group['params'][0]): group['lr'] for group in wrapper.param_groups
    }
    neck = getattr(model, 'neck', None)
    if neck is not None:
        lr = cfg.optim_wrapper.optimizer.lr
        for parameter in neck.parameters():
            assert rates[id(parameter)] == pytest.approx(0.1 * lr)


@pytest.mark.slow
@pytest.mark.parametrize(
    'path', [path for path in CONFIGS if 'rawframes' not in path])
def test_trains_and_predicts(path):
    """One step of the config's own optimiser, then one prediction."""
    torch.manual_seed(0)
    cfg = shrunk(path)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    if not any(name in path for name in OWN_RECIPES):
        check_groups(model, wrapper, cfg)
    head = model.cls_head
    num_classes = head.num_classes

    model.train()
    if isinstance(head, TopKMaskedHead):
        # L_d is 0 while the untrained synopsis net misses: give it the labels
        head.fc_synopsis.bias.data[[0, num_classes - 1]] = 9.0
    if isinstance(getattr(getattr(model, 'neck', None), 'locator', None),
                  HeatmapLocator):
        tiny.open_up(model)  # zeros pass no gradient on
    reached = {}
    wrapper.optimizer.register_step_pre_hook(
        lambda *_: reached.update({
            name: p.grad is not None and bool(p.grad.any())
            for name, p in model.named_parameters()
        }))
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    losses = model.train_step(raw_batch(1, num_classes), wrapper)
    assert all(bool(value.isfinite().all()) for value in losses.values())
    assert losses['loss'] > 0
    for part, module in model.named_children():
        names = [f'{part}.{name}' for name, p in module.named_parameters()
                 if p.requires_grad]
        # A bias before a ReLU that is 0 for both videos gets no gradient.
        assert sum(reached[name] for name in names) >= 0.9 * len(names), part
        if names:
            parameters = dict(module.named_parameters(prefix=part))
            assert any(not torch.equal(parameters[name], before[name])
                       for name in names), part

    model.eval()
    crops = [step.type for step in cfg.test_pipeline]
    views = 3 if 'ThreePatchCrop' in crops else 1
    with torch.no_grad():
        samples = model.test_step(raw_batch(views, num_classes))
    for sample in samples:
        assert sample.pred_score.shape == (num_classes, )
        assert sample.pred_score.isfinite().all()
        if isinstance(head, TopKMaskedHead) and head.topk_mode == 'hard':
            assert 1 <= (sample.pred_score > 0).sum() <= head.k * views


@pytest.mark.parametrize('path', CONFIGS)
def test_everything_else_builds(path):
    """Pipelines, metrics, hooks; stage 2 and the schedule fit the epochs."""
    cfg = Config.fromfile(ROOT / path)
    init_default_scope(cfg.default_scope)
    for split in ('train', 'val', 'test'):
        Compose(cfg[f'{split}_dataloader'].dataset.pipeline)
        if split != 'train':
            evaluators = cfg[f'{split}_evaluator']
            for metric in evaluators if isinstance(evaluators,
                                                   list) else [evaluators]:
                METRICS.build(metric)
    if cfg.get('param_scheduler') is None:
        return
    decay, = (scheduler for scheduler in cfg.param_scheduler
              if scheduler.type != 'LinearLR')
    for hook in cfg.custom_hooks:
        built = HOOKS.build(hook)
        if hook.type == 'TwoStageHook':
            assert built.switch_epoch < cfg.train_cfg.max_epochs
            assert 'periods' not in decay or (
                decay.periods[0] == built.switch_epoch)
    length = decay.T_max if 'T_max' in decay else sum(decay.periods)
    assert length + decay.get('begin', 0) == cfg.train_cfg.max_epochs
    for scheduler in cfg.param_scheduler:
        if scheduler.type == 'LinearLR' and scheduler.begin > 0:
            # of the second period
            assert scheduler.begin == decay.periods[0] < scheduler.end
            assert scheduler.end <= cfg.train_cfg.max_epochs


@pytest.mark.parametrize('path', CONFIGS)
def test_name_matches_the_settings(path):
    """<method>_..._<gpus>xb<batch>-<tau>x<cap>-<frames>-<n>e_<data>-rgb

    <frames> of S2DNet are <T_S>x<T_D>.
    """
    cfg = Config.fromfile(ROOT / path)
    method, *_, training, data = Path(path).stem.split('_')
    assert method == Path(path).parts[2]  # its folder
    gpus_batch, frames, nets, epochs = training.split('-')
    gpus, batch = map(int, gpus_batch.split('xb'))
    assert batch == cfg.train_dataloader.batch_size
    assert cfg.auto_scale_lr == dict(
        enable=False, base_batch_size=gpus * batch)  # for --auto-scale-lr
    for pipeline in (cfg.train_pipeline, cfg.val_pipeline, cfg.test_pipeline):
        sample, = (
            step for step in pipeline if step.type == 'SampleStridedFrames')
        assert frames == f'{sample.frame_interval}x{sample.max_frames}'
    if method == 's2dnet':
        assert nets == f'{num_frames(cfg, "snet")}x{num_frames(cfg, "dnet")}'
    assert epochs == f'{cfg.train_cfg.max_epochs}e'
    raw = cfg.train_dataloader.dataset.type == 'CheckedRawframeDataset'
    assert raw == ('rawframes' in data or 'sthv1' in data)
    classes = dict(glints=6, tennis7=7, telltale=9, sthv1=174, sthv2=174,
                   minikinetics=200, kinetics400=400)
    assert cfg.model.cls_head.num_classes == classes[data.split('-')[0]]


def num_frames(cfg, part):
    """T_S or T_D; 0 for the net that a branch lacks."""
    if part in cfg.model:
        return cfg.model[part].num_frames
    backbone = cfg.model.backbone
    return backbone.num_frames if backbone.type.lower() == part else 0


@pytest.mark.parametrize('data', [
    'sthv1', 'sthv2', 'sthv2_rawframes', 'minikinetics',
    'minikinetics_rawframes', 'kinetics400', 'kinetics400_rawframes'
])
def test_pipelines_run(data, glints_root, tmp_path):
    """On a real file: all of tau's frames, 224 px, the paper's views."""
    cfg = Config.fromfile(ROOT / f'configs/_base_/datasets/{data}.py')
    init_default_scope('mmaction')
    video = next(glints_root.rglob('*.mp4'))
    source = cfg.train_dataloader.dataset
    results = dict(label=3, modality='RGB', start_index=0)
    if source.type == 'CheckedRawframeDataset':
        template = source.get('filename_tmpl', 'img_{:05}.jpg')
        frames = mmcv.VideoReader(str(video))
        frames.cvt2frames(
            str(tmp_path), filename_tmpl=template.replace('{:05}', '{:05d}'),
            file_start=1)
        results.update(
            frame_dir=str(tmp_path), filename_tmpl=template, start_index=1,
            total_frames=len(frames))
    else:
        results.update(filename=str(video))
    length = len(mmcv.VideoReader(str(video)))
    for split in ('train', 'val', 'test'):
        pipeline = Compose(cfg[f'{split}_dataloader'].dataset.pipeline)
        inputs = pipeline(dict(results))['inputs']
        views = 3 if split == 'test' and data.startswith('kinetics') else 1
        assert inputs.dtype == torch.uint8
        assert inputs.shape[:2] == (views, 3)
        assert inputs.shape[2] in (length // 2, (length + 1) // 2)
        assert inputs.shape[3:] == (224, 224)


@pytest.mark.parametrize(
    'path', sorted((ROOT / 'configs/_base_/datasets').glob('*.py')),
    ids=lambda path: path.stem)
def test_loaders_without_workers(path):
    """As with --cfg-options train_dataloader.num_workers=0."""
    cfg = Config.fromfile(path)
    for split in ('train', 'val', 'test'):
        loader = Runner.build_dataloader({
            **cfg[f'{split}_dataloader'], 'num_workers': 0,
            'dataset': list(range(50))
        }, seed=0)
        assert loader.num_workers == 0 and len(list(loader.sampler)) == 50


def test_basenames_are_unique():
    """mim finds a config by its basename and fails on two hits."""
    names = [path.name for path in (ROOT / 'configs').rglob('*.py')]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    'path', [path for path in CONFIGS if 'rawframes' in path])
def test_raw_frames_change_the_data_alone(path):
    """The models are the same, so one of the two is trained here."""
    raw = Config.fromfile(ROOT / path)
    videos = Config.fromfile(ROOT / path.replace('-rawframes', ''))
    for name in ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg',
                 'custom_hooks'):
        assert raw[name] == videos[name], name


def test_learning_rates_of_the_release():
    """FC x5, their biases x10 without decay, norms without decay, f_theta
    x0.1. (There are no other biases: convolutions have norms.)"""
    cfg = Config.fromfile(
        ROOT / next(path for path in CONFIGS if 'sthv2' in path))
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    names = {id(p): name for name, p in model.named_parameters()}
    groups = {
        names[id(group['params'][0])]: (group['lr'], group['weight_decay'])
        for group in wrapper.param_groups if id(group['params'][0]) in names
    }
    lr, decay = 0.001, 0.001
    expected = {
        'dnet.backbone.layer1.0.conv2.conv.weight': (lr, decay),
        'dnet.backbone.layer1.0.conv2.bn.weight': (lr, 0),
        'cls_head.fc_detail.weight': (5 * lr, decay),
        'cls_head.fc_detail.bias': (10 * lr, 0),
        'context.fc.weight': (5 * lr, decay),
        'dnet.backbone.layer1.0.conv2.bn.bias': (lr, 0),
        'neck.locator.fcs.time.0.weight': (0.1 * lr, decay),
        'neck.locator.fcs.space.0.bias': (0.1 * lr, 0),
        'neck.locator.trunk.2.weight': (0.1 * lr, decay),
        'neck.locator.trunk.3.bias': (0.1 * lr, 0),
    }
    for name, (rate, weight_decay) in expected.items():
        assert groups[name] == pytest.approx((rate, weight_decay)), name


@pytest.mark.parametrize('path', [
    path for path in CONFIGS
    if '_heatmap_' in path and not any(
        name in path for name in (*OWN_RECIPES, 'uniformer'))])
def test_learning_rates_of_the_heat_maps(path):
    """0.1 of the others'; no decay of biases and norms."""
    cfg = Config.fromfile(ROOT / path)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    groups = {id(group['params'][0]): group for group in wrapper.param_groups}
    lr, decay = (cfg.optim_wrapper.optimizer[key]
                 for key in ('lr', 'weight_decay'))
    for name, parameter in model.neck.named_parameters():
        free = 'norm.' in name or name.endswith('.bias')
        group = groups[id(parameter)]
        assert group['lr'] == pytest.approx(0.1 * lr), name
        assert group['weight_decay'] == (0 if free else decay), name
